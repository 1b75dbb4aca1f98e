import CoreShift
import TestSupport
import Testing

@Suite struct SocketBacklogTests {
  @Test func `counts who waits to be accepted, on TCP and Unix sockets`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    let address = try Socket.localAddress(of: listener)
    #expect(Socket.backlogCount(of: listener) == 0)
    let connecting = try Socket.connect(to: address)
    #expect(try waitUntil(.reading, on: listener))
    #expect(Socket.backlogCount(of: listener) == 1)
    let bound = try UnixSocket.listen(on: .autobind)
    #expect(Socket.backlogCount(of: bound.socket) == 0)
    for count in 1...3 {
      _ = try UnixSocket.connect(to: bound.address)
      #expect(Socket.backlogCount(of: bound.socket) == count)
    }
    _ = try UnixSocket.accept(from: bound.socket)
    #expect(Socket.backlogCount(of: bound.socket) == 2)
    #expect(Socket.backlogCount(of: connecting.socket) == nil, "it does not listen")
    let pipe = try Pipe()
    #expect(Socket.backlogCount(of: pipe.readEnd) == nil)
  }

  @Test func `counting leaves no descriptor open`() throws {
    try withOwnDescriptors {
      let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
      let bound = try UnixSocket.listen(on: .autobind)
      let before = try DescriptorCensus()
      #expect(Socket.backlogCount(of: listener) == 0)
      #expect(Socket.backlogCount(of: bound.socket) == 0)
      #expect(try DescriptorCensus().opened(since: before).isEmpty)
    }
  }

  @Test func `a kernel that refuses to tell is no error`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    let bound = try UnixSocket.listen(on: .autobind)
    let isAsked = Fault.inject(.outOfMemory, atCall: 1) {
      #expect(Socket.backlogCount(of: listener) == nil)
    }
    #expect(isAsked)
    let isAskedAgain = Fault.inject(.tooManyOpenFiles, atCall: 1) {
      #expect(Socket.backlogCount(of: bound.socket) == nil)
    }
    #expect(isAskedAgain)
  }
}
