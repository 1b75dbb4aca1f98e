import CoreShift
import Glibc
import Testing

/// Both ends of one TCP connection over the loopback.
struct Connection: ~Copyable {
  let client: Fd
  let server: Fd
  let peer: SocketAddress

  init(over ip: String = "127.0.0.1") throws {
    let listener = try Socket.listen(on: SocketAddress(ip: ip, port: 0))
    let address = try Socket.localAddress(of: listener)
    let connecting = try Socket.connect(to: address)
    if connecting.progress == .inProgress {
      try #require(try waitUntil(.writing, on: connecting.socket))
    }
    let client = connecting.socket
    try Socket.finishConnect(client, to: address)
    try #require(try waitUntil(.reading, on: listener))
    guard let accepted = try Socket.accept(from: listener) else {
      throw CoreError(operation: "accept4", code: .wouldBlock)
    }
    self.client = client
    peer = accepted.peer
    server = accepted.socket
  }
}

/// Waits at most five seconds for readiness; false when it has not come.
func waitUntil(_ interest: Interest, on socket: borrowing Fd) throws -> Bool {
  var reactor = try Reactor()
  var events: [Event] = []
  let token = try reactor.register(socket, for: interest)
  defer { try? reactor.unregister(token) }
  return try reactor.waitUninterrupted(into: &events, upTo: 1, for: .seconds(20)) == 1
}

@Suite struct SocketTests {
  @Test(arguments: ["127.0.0.1", "::1"])
  func `connects, accepts and knows both addresses`(ip: String) throws {
    let connection = try Connection(over: ip)
    #expect(connection.peer.host == ip)
    #expect(try Socket.localAddress(of: connection.client) == connection.peer)
    #expect(try Socket.peerAddress(of: connection.server) == connection.peer)
    #expect(
      try Socket.peerAddress(of: connection.client) == Socket.localAddress(of: connection.server))
  }

  @Test func `who is no socket, or is not connected, has no address`() throws {
    let pipe = try Pipe()
    let number = pipe.readEnd.rawValue
    func expected(_ operation: String) -> CoreError {
      CoreError(operation: operation, code: .notSocket, subject: .descriptor(number))
    }
    #expect(throws: expected("getsockname")) { try Socket.localAddress(of: pipe.readEnd) }
    #expect(throws: expected("getsockname")) { try UnixSocket.localAddress(of: pipe.readEnd) }
    #expect(throws: expected("getpeername")) { try UnixSocket.peerAddress(of: pipe.readEnd) }
    let alone = try UnixSocket.open(.stream)
    let error = #expect(throws: CoreError.self) { try UnixSocket.peerAddress(of: alone) }
    #expect(error?.code == .notConnected)
  }

  @Test func `what is seen without being received is still there`() throws {
    let connection = try Connection()
    var buffer: [UInt8] = [0, 0]
    func peek() throws -> ReadOutcome {
      try unsafe buffer.withUnsafeMutableBytes {
        try unsafe Socket.peek($0, from: connection.server)
      }
    }
    #expect(try peek() == .wouldBlock)
    #expect(try Socket.send([1, 2, 3], to: connection.client) == .bytes(3))
    try #require(try waitUntil(.reading, on: connection.server))
    for _ in 0..<2 {
      #expect(try peek() == .bytes(2))
      #expect(buffer == [1, 2])
    }
    var all = [UInt8](repeating: 0, count: 8)
    #expect(try Socket.receive(&all, from: connection.server) == .bytes(3))
    #expect(all[..<3] == [1, 2, 3])
    try Socket.shutdownWrite(connection.client)
    try #require(try waitUntil(.reading, on: connection.server))
    #expect(try peek() == .end)
  }

  @Test func `port 0 gives the chosen port`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    #expect(try Socket.localAddress(of: listener).port != 0)
  }

  @Test func `makes every socket non-blocking and close-on-exec`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    let connection = try Connection()
    #expect(try listener.blockingMode == .nonBlocking && listener.execMode == .closed)
    #expect(
      try connection.client.blockingMode == .nonBlocking && connection.client.execMode == .closed)
    #expect(
      try connection.server.blockingMode == .nonBlocking && connection.server.execMode == .closed)
  }

  @Test func `accepts nothing when nobody has come`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    let accepted = try Socket.accept(from: listener)
    let isNone = accepted == nil
    #expect(isNone)
  }

  @Test func `bytes, would-block and end are told apart`() throws {
    let connection = try Connection()
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(try Socket.receive(&buffer, from: connection.server) == .wouldBlock)
    #expect(try Socket.send([1, 2, 3], to: connection.client) == .bytes(3))
    #expect(try waitUntil(.reading, on: connection.server))
    #expect(try Socket.receive(&buffer, from: connection.server) == .bytes(3))
    #expect(buffer[..<3] == [1, 2, 3])
    #expect(try Socket.receive(&buffer, from: connection.server) == .wouldBlock)
    var nothing: [UInt8] = []
    #expect(try Socket.receive(&nothing, from: connection.server) == .bytes(0))
    #expect(try Socket.send([], to: connection.server) == .bytes(0))
  }

  @Test func `never waits on a socket made blocking`() throws {
    let connection = try Connection()
    try connection.server.setBlockingMode(.blocking)
    var buffer: [UInt8] = [0]
    #expect(try Socket.receive(&buffer, from: connection.server) == .wouldBlock)
  }

  @Test func `half-close ends one direction and leaves the other`() throws {
    let connection = try Connection()
    try Socket.shutdownWrite(connection.client)
    #expect(try waitUntil(.reading, on: connection.server))
    var buffer: [UInt8] = [0]
    #expect(try Socket.receive(&buffer, from: connection.server) == .end)
    #expect(try Socket.send([7], to: connection.server) == .bytes(1))
    #expect(try waitUntil(.reading, on: connection.client))
    #expect(try Socket.receive(&buffer, from: connection.client) == .bytes(1))
    #expect(buffer == [7])
  }

  @Test func `a full socket takes a part and then would block`() throws {
    let connection = try Connection()
    let much = [UInt8](repeating: 1, count: 1 << 20)
    var rounds = 0
    while rounds < 1000, case .bytes(let taken) = try Socket.send(much, to: connection.client) {
      #expect(taken > 0)
      rounds += 1
    }
    #expect(rounds > 0 && rounds < 1000)
    #expect(try Socket.send(much, to: connection.client) == .wouldBlock)
  }

  @Test func `a connect that nobody awaits is refused, at once or when it is finished`() throws {
    // Bound and not listening: nobody else can get this port meanwhile.
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    let address = try Socket.localAddress(of: listener)
    #expect(shutdown(listener.rawValue, Int32(SHUT_RDWR)) == 0)
    var thrown: CoreError?
    do throws(CoreError) {
      let connecting = try Socket.connect(to: address)
      _ = try? waitUntil(.writing, on: connecting.socket)
      try Socket.finishConnect(connecting.socket, to: address)
    } catch {
      thrown = error
    }
    #expect(
      thrown
        == CoreError(
          operation: "connect", code: .connectionRefused, subject: .address(address.description)))
  }

  @Test func `an address without a way to it is unreachable`() throws {
    // No route leads TCP to a group of hosts.
    let address = try SocketAddress(ip: "224.0.0.1", port: 9)
    #expect(
      throws: CoreError(
        operation: "connect", code: .networkUnreachable, subject: .address(address.description))
    ) {
      _ = try Socket.connect(to: address)
    }
  }

  @Test func `a connect that nobody answers is in progress until its time is over`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0), backlog: 0)
    let address = try Socket.localAddress(of: listener)
    // One connection fills the backlog; what comes then is not answered.
    let first = try Socket.connect(to: address)
    #expect(try waitUntil(.writing, on: first.socket))
    let second = try Socket.connect(to: address)
    #expect(second.progress == .inProgress)
    let number = second.socket.rawValue
    let early = #expect(throws: CoreError.self) {
      try Socket.finishConnect(second.socket, to: address)
    }
    #expect(early?.code == .inProgress)
    // TCP_USER_TIMEOUT, in milliseconds; it counts from the first repetition, after a second.
    var milliseconds: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    try #require(unsafe setsockopt(number, Int32(IPPROTO_TCP), 18, &milliseconds, size) == 0)
    #expect(try waitUntil(.writing, on: second.socket))
    let late = #expect(throws: CoreError.self) {
      try Socket.finishConnect(second.socket, to: address)
    }
    #expect(late?.code == .timedOut)
  }

  @Test func `data stays behind a short read around urgent data`() throws {
    let connection = try Connection()
    _ = try Socket.send([1, 2], to: connection.client)
    var byte: UInt8 = 33
    #expect(unsafe Glibc.send(connection.client.rawValue, &byte, 1, Int32(MSG_OOB)) == 1)
    _ = try Socket.send([3, 4], to: connection.client)
    #expect(try waitUntil(.reading, on: connection.server))
    var buffer = [UInt8](repeating: 0, count: 64)
    var received: [UInt8] = []
    var counts: [Int] = []
    while received.count < 4, try waitUntil(.reading, on: connection.server) {
      while case .bytes(let count) = try Socket.receive(&buffer, from: connection.server) {
        received += buffer[..<count]
        counts.append(count)
      }
    }
    // The urgent byte is no part of the stream; reading stops before it, though more is there.
    #expect(received == [1, 2, 3, 4])
    #expect(counts == [2, 2])
  }

  @Test func `a second listener on one address is told so, with the address`() throws {
    let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
    let address = try Socket.localAddress(of: listener)
    #expect(
      throws: CoreError(
        operation: "bind", code: .addressInUse, subject: .address(address.description))
    ) {
      _ = try Socket.listen(on: address)
    }
  }

  @Test func `a restarted listener gets its port back at once`() throws {
    var port: UInt16 = 0
    do {
      let listener = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: 0))
      let address = try Socket.localAddress(of: listener)
      port = address.port
      let connecting = try Socket.connect(to: address)
      let client = connecting.socket
      #expect(try waitUntil(.reading, on: listener))
      // The accepted side closes first, and stays in TIME_WAIT.
      guard let accepted = try Socket.accept(from: listener) else {
        Issue.record("nobody came")
        return
      }
      try accepted.socket.close()
      try client.close()
    }
    let again = try Socket.listen(on: SocketAddress(ip: "127.0.0.1", port: port))
    #expect(try Socket.localAddress(of: again).port == port)
  }

  @Test func `no-delay is set where it can be, and refused elsewhere`() throws {
    let connection = try Connection()
    try Socket.setNoDelay(connection.client)
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    #expect(
      unsafe getsockopt(
        connection.client.rawValue, Int32(IPPROTO_TCP), TCP_NODELAY, &value, &length)
        == 0)
    #expect(value == 1)
    let pipe = try Pipe()
    let refused = Result { () throws(CoreError) in try Socket.setNoDelay(pipe.readEnd) }
    #expect(throws: CoreError.self) { try refused.get() }
  }

  @Test func `a reset by the peer is an error`() throws {
    let connection = try Connection()
    let server = connection.server
    var lingering = linger(l_onoff: 1, l_linger: 0)
    let size = socklen_t(MemoryLayout<linger>.size)
    #expect(
      unsafe setsockopt(connection.client.rawValue, SOL_SOCKET, SO_LINGER, &lingering, size) == 0)
    try connection.client.close()
    #expect(try waitUntil(.reading, on: server))
    var buffer: [UInt8] = [0]
    let outcome = Result { () throws(CoreError) in try Socket.receive(&buffer, from: server) }
    #expect(
      outcome
        == .failure(
          CoreError(
            operation: "recv", code: .connectionReset, subject: .descriptor(server.rawValue))))
  }

  @Test func `sending to a peer that is gone is an error and no signal`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      let connection = try Connection()
      let client = connection.client
      try connection.server.close()
      var code: ErrorCode?
      // The first send provokes the reset; the next finds it.
      for _ in 0..<1000 where code == nil {
        do throws(CoreError) {
          _ = try Socket.send([1], to: client)
        } catch {
          code = error.code
        }
        if code == .connectionReset { code = nil }
      }
      #expect(code == .brokenPipe)
    }
  }

  @Test func `urgent data raises only priority`() throws {
    let connection = try Connection()
    var reactor = try Reactor()
    var events: [Event] = []
    _ = try reactor.register(connection.server, for: .priority)
    var byte: UInt8 = 1
    #expect(unsafe Glibc.send(connection.client.rawValue, &byte, 1, Int32(MSG_OOB)) == 1)
    #expect(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) == 1)
    #expect(events[0].isPriority && !events[0].isReadable && !events[0].isWritable)
  }
}
