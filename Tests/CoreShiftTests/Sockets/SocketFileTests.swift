import CoreShift
import Testing

@Suite struct SocketFileTests {
  @Test func `a socket's file is removed after its socket was taken elsewhere`() throws {
    let place = try SocketPlace()
    let bound = try UnixSocket.bind(to: place.address())
    guard let file = bound.file else {
      Issue.record("a path without its file")
      return
    }
    #expect(file.path == place.path())
    let socket = bound.takeSocket()
    #expect(place.isSocket())
    #expect(try file.remove())
    #expect(place.mode() == nil)
    #expect(try !file.remove(), "it has gone")
    try socket.close()
  }

  @Test func `another file at the path stays`() throws {
    let place = try SocketPlace()
    let bound = try UnixSocket.bind(to: place.address())
    guard let file = bound.file else {
      Issue.record("a path without its file")
      return
    }
    place.remove()
    try place.makeFile()
    #expect(try !file.remove())
    #expect(place.mode() != nil)
    let name = try UnixSocket.bind(to: .autobind)
    let nothing = name.file
    #expect(nothing == nil)
  }
}
