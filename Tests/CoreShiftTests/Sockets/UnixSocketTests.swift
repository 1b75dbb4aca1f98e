import CoreShift
import Glibc
import Testing

@Suite struct UnixSocketTests {
  private func exchange(_ first: borrowing Fd, _ second: borrowing Fd) throws {
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(try Socket.receive(&buffer, from: second) == .wouldBlock)
    #expect(try Socket.send([1, 2], to: first) == .bytes(2))
    #expect(try Socket.receive(&buffer, from: second) == .bytes(2))
    #expect(try Socket.send([3], to: second) == .bytes(1))
    #expect(try Socket.receive(&buffer, from: first) == .bytes(1))
    try Socket.shutdownWrite(first)
    #expect(try Socket.receive(&buffer, from: second) == .end)
  }

  @Test(arguments: [UnixSocket.Kind.stream, .sequencedPacket])
  func `a path takes connections in both kinds`(kind: UnixSocket.Kind) throws {
    let place = try SocketPlace()
    let listener = try UnixSocket.listen(on: place.address(), as: kind)
    #expect(place.isSocket())
    let isNone = try UnixSocket.accept(from: listener.socket) == nil
    #expect(isNone)
    let pair = try UnixConnection(to: listener, as: kind)
    #expect(try UnixSocket.peerAddress(of: pair.client) == place.address())
    #expect(try UnixSocket.localAddress(of: pair.server) == place.address())
    #expect(try UnixSocket.peerAddress(of: pair.server).kind == .unnamed)
    try exchange(pair.client, pair.server)
  }

  @Test func `an abstract name with NUL in it takes connections, and only under all of it`() throws
  {
    let unique = Array("coreshift \(getpid()) \(MonotonicTime.nanoseconds)".utf8)
    let address = try UnixAddress(abstractName: RawString(bytes: unique + [0, 7]))
    let listener = try UnixSocket.listen(on: address)
    let connection = try UnixConnection(to: listener)
    try exchange(connection.client, connection.server)
    #expect(try UnixSocket.localAddress(of: listener.socket) == address)
    let prefix = try UnixAddress(abstractName: RawString(bytes: unique))
    let error = #expect(throws: CoreError.self) { _ = try UnixSocket.connect(to: prefix) }
    #expect(error?.code == .connectionRefused)
    #expect(error?.subject == .address(prefix.description))
  }

  @Test func `a path of 107 bytes works, relative or not`() throws {
    let place = try SocketPlace()
    let fill = String(repeating: "x", count: 107 - place.directory.utf8.count - 1)
    let path = RawString("\(place.directory)/\(fill)")
    #expect(path.count == 107)
    let listener = try UnixSocket.listen(on: UnixAddress(path: path))
    #expect(try UnixSocket.localAddress(of: listener.socket).path == path)
    let connection = try UnixConnection(to: listener)
    try exchange(connection.client, connection.server)
    #expect(try listener.closeAndUnlink())
  }

  @Test func `the kernel chooses names that are free`() throws {
    let first = try UnixSocket.listen(on: .autobind)
    let second = try UnixSocket.listen(on: .autobind)
    #expect(first.address.kind == .abstract)
    #expect(first.address != second.address)
    let connection = try UnixConnection(to: first)
    try exchange(connection.client, connection.server)
  }

  @Test(arguments: [UnixSocket.Kind.stream, .sequencedPacket])
  func `a pair is connected`(kind: UnixSocket.Kind) throws {
    let pair = try UnixSocket.makePair(kind)
    try exchange(pair.first, pair.second)
  }

  @Test func `makes every socket non-blocking and close-on-exec, and takes blocking ones`() throws {
    let listener = try UnixSocket.listen(on: .autobind)
    #expect(try listener.socket.blockingMode == .nonBlocking)
    let pair = try UnixConnection(to: listener)
    #expect(try pair.client.blockingMode == .nonBlocking && pair.client.execMode == .closed)
    #expect(try pair.server.blockingMode == .nonBlocking && pair.server.execMode == .closed)
    let made = try UnixSocket.makePair()
    #expect(try made.first.blockingMode == .nonBlocking && made.first.execMode == .closed)
    guard let client = try UnixSocket.connect(to: listener.address),
      let server = try UnixSocket.accept(from: listener.socket, as: .blocking)
    else {
      Issue.record("nobody came")
      return
    }
    #expect(try client.blockingMode == .nonBlocking)
    #expect(try server.blockingMode == .blocking && server.execMode == .closed)
  }

  @Test func `a full backlog is told apart from a refusal`() throws {
    let listener = try UnixSocket.listen(on: .autobind, backlog: 1)
    let address = listener.address
    var clients = 0
    var waiting: [Int32] = []
    defer { for number in waiting { close(number) } }
    while clients < 10, let client = try UnixSocket.connect(to: address) {
      clients += 1
      waiting.append(client.release())
    }
    #expect(clients == 2, "a backlog of one lets two wait")
    _ = try UnixSocket.accept(from: listener.socket)
    let isThere = try UnixSocket.connect(to: address) != nil
    #expect(isThere)
    try listener.takeSocket().close()
    let error = #expect(throws: CoreError.self) { _ = try UnixSocket.connect(to: address) }
    #expect(error?.code == .connectionRefused)
  }

  @Test func `a missing path and an owner of another kind are told apart`() throws {
    let place = try SocketPlace()
    let address = try place.address()
    let missing = #expect(throws: CoreError.self) { _ = try UnixSocket.connect(to: address) }
    #expect(missing?.code == .notFound)
    let bound = try UnixSocket.bind(to: address)
    let other = #expect(throws: CoreError.self) { _ = try UnixSocket.connect(to: address) }
    #expect(other?.code == .wrongProtocolType)
    _ = consume bound
  }

  @Test func `the peer is known by its numbers and by a pidfd`() throws {
    let listener = try UnixSocket.listen(on: .autobind)
    let pair = try UnixConnection(to: listener)
    let credentials = try UnixSocket.peerCredentials(of: pair.server)
    #expect(credentials.pid == getpid())
    #expect(credentials.uid == geteuid() && credentials.gid == getegid())
    let process = try UnixSocket.peerProcess(of: pair.server)
    #expect(try process.execMode == .closed)
    var reactor = try Reactor()
    var events: [Event] = []
    let token = try reactor.register(process, for: .reading, blocking: .allowed)
    #expect(try reactor.wait(into: &events, upTo: 1, for: .zero) == 0, "this process runs")
    try reactor.unregister(token)
  }

  @Test(.enabled(if: geteuid() == 0)) func `user and group of a peer are told apart`() throws {
    let name = "coreshift-credentials-\(getpid())"
    let listener = try UnixSocket.listen(on: UnixAddress(abstractName: RawString(name)))
    let script = #"socket(S, 1, 1, 0) and connect(S, pack("S a*", 1, "\0$ARGV[0]")) or exit 1"#
    var options = SpawnOptions(
      ["/usr/bin/perl", "-e", RawString(script), RawString(name)], backend: .clone)
    options.identity = .init(user: 4712, group: 4711)
    var spawned = try options.spawn()
    #expect(try spawned.process.waitExit(for: .seconds(20))?.status == .exited(code: 0))
    let accepted = try UnixSocket.accept(from: listener.socket)
    let credentials = try UnixSocket.peerCredentials(of: owned(accepted))
    #expect(credentials.pid == spawned.process.pid)
    #expect(credentials.uid == 4712)
    #expect(credentials.gid == 4711)
  }

  @Test func `who has no peer has no credentials`() throws {
    let alone = try UnixSocket.open(.stream)
    let number = alone.rawValue
    let connection = try Connection()
    let tcp = connection.client.rawValue
    for (error, descriptor) in [
      (#expect(throws: CoreError.self) { try UnixSocket.peerCredentials(of: alone) }, number),
      (
        #expect(throws: CoreError.self) { try UnixSocket.peerCredentials(of: connection.client) },
        tcp
      ),
    ] {
      #expect(error?.code == .notConnected)
      #expect(error?.subject == .descriptor(descriptor))
    }
  }
}
