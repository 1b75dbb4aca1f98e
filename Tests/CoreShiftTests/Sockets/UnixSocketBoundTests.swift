import CoreShift
import Glibc
import Testing

/// What happens to the file at a Unix socket's path.
@Suite struct UnixSocketBoundTests {
  private func code(_ body: () throws -> Void) -> ErrorCode? {
    (#expect(throws: CoreError.self) { try body() })?.code
  }

  private func leaveDeadSocket(_ place: SocketPlace, _ name: String = "a") throws {
    let bound = try UnixSocket.listen(on: place.address(name))
    try bound.takeSocket().close()
    #expect(place.isSocket(name))
  }

  @Test func `a dead socket is left alone unless it may be replaced`() throws {
    let place = try SocketPlace()
    try leaveDeadSocket(place)
    #expect(code { _ = try UnixSocket.listen(on: place.address()) } == .addressInUse)
    #expect(place.isSocket())
    let listener = try UnixSocket.listen(on: place.address(), replacing: .deadSocket)
    _ = try UnixConnection(to: listener)
  }

  @Test func `a missing path is fine for every replacement`() throws {
    let place = try SocketPlace()
    for replacement in [UnixSocket.Replacement.nothing, .deadSocket, .anyFile] {
      let listener = try UnixSocket.listen(on: place.address(), replacing: replacement)
      #expect(try listener.closeAndUnlink())
    }
    #expect(place.mode() == nil)
  }

  @Test func `an ordinary file and a link stay, unless anything may be replaced`() throws {
    let place = try SocketPlace()
    try place.makeFile("a")
    try leaveDeadSocket(place, "b")
    try place.makeLink("c", to: "b")
    for name in ["a", "c"] {
      let address = try place.address(name)
      #expect(code { _ = try UnixSocket.listen(on: address) } == .addressInUse)
      #expect(
        code { _ = try UnixSocket.listen(on: address, replacing: .deadSocket) } == .alreadyExists)
      #expect(!place.isSocket(name))
      let listener = try UnixSocket.listen(on: address, replacing: .anyFile)
      #expect(place.isSocket(name))
      _ = try UnixConnection(to: listener)
    }
    #expect(place.isSocket("b"), "what the link led to is still there")
  }

  @Test func `a directory is never removed`() throws {
    let place = try SocketPlace()
    let directory = try UnixAddress(path: RawString(place.directory))
    let thrown = code { _ = try UnixSocket.listen(on: directory, replacing: .anyFile) }
    #expect(thrown == .isDirectory)
    #expect(place.mode(".") != nil)
  }

  @Test(arguments: [UnixSocket.Kind.stream, .datagram, .sequencedPacket])
  func `a socket with a living owner is not stolen, and its owner notices nothing`(
    kind: UnixSocket.Kind
  ) throws {
    let place = try SocketPlace()
    let owner =
      kind == .datagram
      ? try UnixSocket.bind(to: place.address())
      : try UnixSocket.listen(on: place.address(), as: kind)
    for replacement in [UnixSocket.Replacement.nothing, .deadSocket, .anyFile] {
      let address = try place.address()
      #expect(
        code { _ = try UnixSocket.listen(on: address, replacing: replacement) } == .addressInUse)
    }
    #expect(place.isSocket())
    guard kind != .datagram else { return }
    let isUnnoticed = try UnixSocket.accept(from: owner.socket) == nil
    #expect(isUnnoticed)
    _ = try UnixConnection(to: owner, as: kind)
  }

  @Test func `permissions are set before anybody can connect, and whatever the umask`() throws {
    let place = try SocketPlace()
    for permissions: UInt32 in [0o600, 0o777, 0o000, 0o640] {
      let listener = try UnixSocket.listen(on: place.address(), permissions: permissions)
      #expect(place.mode() == S_IFSOCK | permissions)
      #expect(try listener.closeAndUnlink())
    }
  }

  @Test func `a failure removes the path it has made`() throws {
    let place = try SocketPlace()
    let address = try place.address()
    // Datagram sockets cannot listen, which shows only after binding.
    let thrown = code { _ = try UnixSocket.listen(on: address, as: .datagram) }
    #expect(thrown == .notSupported)
    #expect(place.mode() == nil)
  }

  @Test func `what only a path has is refused for other names`() throws {
    let name = try UnixAddress(abstractName: "coreshift")
    for address in [name, .autobind] {
      #expect(code { _ = try UnixSocket.listen(on: address, permissions: 0) } == .invalidArgument)
      #expect(
        code { _ = try UnixSocket.bind(to: address, replacing: .deadSocket) } == .invalidArgument)
    }
    let place = try SocketPlace()
    let path = try place.address()
    #expect(
      code { _ = try UnixSocket.listen(on: path, permissions: 0o1000) } == .invalidArgument)
    #expect(place.mode() == nil)
  }

  @Test func `only a socket's permissions are changed`() throws {
    let place = try SocketPlace()
    try place.makeFile("a")
    try leaveDeadSocket(place, "b")
    try place.makeLink("c", to: "b")
    for name in ["a", "c"] {
      let path = place.path(name)
      #expect(code { try UnixSocket.setPermissions(0o600, of: path) } == .invalidArgument)
    }
    try UnixSocket.setPermissions(0o613, of: place.path("b"))
    #expect(place.mode("b") == S_IFSOCK | 0o613)
  }

  @Test func `closing leaves a file, and unlinking takes only one's own`() throws {
    let place = try SocketPlace()
    try leaveDeadSocket(place)
    let mine = try UnixSocket.listen(on: place.address(), replacing: .deadSocket)
    place.remove()
    let theirs = try UnixSocket.listen(on: place.address())
    #expect(try !mine.closeAndUnlink())
    #expect(place.isSocket())
    #expect(try theirs.closeAndUnlink())
    #expect(place.mode() == nil)
    let abstract = try UnixSocket.listen(on: .autobind)
    #expect(try !abstract.closeAndUnlink())
  }
}
