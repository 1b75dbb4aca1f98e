import CoreShift
import TestSupport
import Testing

/// Every set-up call of a socket fails once: then neither descriptor nor file is left.
@Suite struct SocketFaultTests {
  @Test func `a TCP listener that fails to be made releases everything`() throws {
    let address = try SocketAddress(ip: "::1", port: 0)
    try withOwnDescriptors {
      let outcomes = try failEachCall { () throws(CoreError) in
        _ = try Socket.listen(on: address, options: [.reusePort])
      }
      #expect(
        outcomes.map { $0?.operation } == [
          "socket", "setsockopt", "setsockopt", "setsockopt", "bind", "listen",
        ])
    }
  }

  @Test func `a connection that fails to be begun releases everything`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    let address = try Socket.localAddress(of: listener)
    try withOwnDescriptors {
      let outcomes = try failEachCall { () throws(CoreError) in
        _ = try Socket.connect(to: address)
      }
      #expect(outcomes.map { $0?.operation } == ["socket", "connect"])
    }
  }

  @Test(arguments: [nil, 0o600] as [UInt32?])
  func `a Unix listener that fails to be made leaves no file either`(
    permissions: UInt32?
  ) throws {
    let place = try SocketPlace()
    let address = try place.address()
    try withOwnDescriptors {
      let outcomes = try failEachCall { () throws(CoreError) in
        #expect(place.mode() == nil, "an earlier failure has left its file")
        _ = try UnixSocket.listen(on: address, permissions: permissions)
        place.remove()
      }
      let plain = ["socket", "bind", "lstat", "listen"]
      let withMode = ["socket", "fchmod", "bind", "lstat", "chmod", "chmod", "chmod", "listen"]
      #expect(
        outcomes.map { $0?.operation.description } == (permissions == nil ? plain : withMode))
    }
  }
}
