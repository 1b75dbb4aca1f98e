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

  @Test func `an interrupted connect is in progress, and not tried again`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    let address = try Socket.localAddress(of: listener)
    let isReached = try Fault.inject(.interrupted, atCall: 2) {
      let connecting = try Socket.connect(to: address)
      #expect(connecting.progress == .inProgress)
      // A second call would not fail, and find the listener.
      let hasPeer = (try? Socket.peerAddress(of: connecting.socket)) != nil
      #expect(!hasPeer)
      let hasCome = try Socket.accept(from: listener) != nil
      #expect(!hasCome)
    }
    #expect(isReached)
  }

  @Test(arguments: [
    ErrorCode.connectionAborted, .interrupted, .hostUnreachable, .networkUnreachable,
  ])
  func `what went wrong with one connection is no matter of the listener's`(code: ErrorCode) throws
  {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    let connecting = try Socket.connect(to: Socket.localAddress(of: listener))
    #expect(try waitUntil(.reading, on: listener))
    let isReached = try Fault.inject(code, atCall: 1) {
      let hasCome = try Socket.accept(from: listener) != nil
      #expect(hasCome, "the one behind it")
    }
    #expect(isReached)
    _ = consume connecting
  }

  @Test func `what is wrong with the listener is an error`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    Fault.inject(.tooManyOpenFiles, atCall: 1) {
      let error = #expect(throws: CoreError.self) { _ = try Socket.accept(from: listener) }
      #expect(error?.operation == "accept4")
      #expect(error?.code == .tooManyOpenFiles)
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

  @Test func `one that takes a dead socket's place leaves no descriptor open`() throws {
    let place = try SocketPlace()
    let address = try place.address()
    try withOwnDescriptors {
      try UnixSocket.listen(on: address).takeSocket().close()
      let before = try DescriptorCensus()
      let listener = try UnixSocket.listen(on: address, replacing: .deadSocket)
      #expect(try DescriptorCensus().opened(since: before).count == 1, "the listener")
      #expect(throws: CoreError.self) {
        _ = try UnixSocket.listen(on: address, replacing: .deadSocket)
      }
      #expect(try DescriptorCensus().opened(since: before).count == 1, "the listener")
      #expect(try listener.closeAndUnlink())
    }
  }
}
