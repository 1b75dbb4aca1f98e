/// What Unix sockets can do without waiting.
///
/// Functions on descriptors, as ``Socket`` has them for TCP; `Socket.send(_:to:)`,
/// `Socket.receive(_:from:)` and ``Socket/shutdownWrite(_:)`` do here as well, though an empty
/// datagram looks like the end to them. All that make a socket make it non-blocking and
/// close-on-exec.
public enum UnixSocket {
  /// What a socket carries.
  public enum Kind: Hashable, Sendable {
    /// Bytes, of a connection.
    case stream
    /// Messages of their own, without a connection; none is lost or overtaken.
    case datagram
    /// Messages, of a connection. An empty one cannot be told from the end.
    case sequencedPacket
  }

  /// Both ends of a connection.
  @frozen
  public struct Pair: ~Copyable, Sendable {
    /// One end.
    public let first: Fd
    /// The other end.
    public let second: Fd
  }

  /// A socket that is bound nowhere, for sending datagrams; an error of `socket` is EMFILE or its
  /// like.
  public static func open(_ kind: Kind) throws(CoreError) -> Fd {
    try Fd(result: SystemCall.unixSocket(kind), "socket")
  }

  /// Two sockets that are connected to each other; `socketpair`.
  public static func makePair(_ kind: Kind = .stream) throws(CoreError) -> Pair {
    let (result, first, second) = SystemCall.unixPair(kind)
    try check(result, "socketpair", .none)
    return Pair(first: Fd(owning: first), second: Fd(owning: second))
  }

  /// Makes a socket and connects it, at once or not at all.
  ///
  /// nil when the listener's backlog is full. No readiness tells when it no longer is, so try
  /// again after a while: EAGAIN of a Unix socket is no connect in progress.
  ///
  /// - Throws: `CoreError` of `socket`, or of `connect` with the address: ENOENT, ECONNREFUSED
  ///   where a path has no owner any more, EACCES, EPROTOTYPE for an owner of another kind.
  public static func connect(
    to address: UnixAddress, as kind: Kind = .stream
  ) throws(CoreError) -> Fd? {
    let socket = try open(kind)
    let result = SystemCall.connect(socket.rawValue, address)
    if result == -ErrorCode.wouldBlock.rawValue { return nil }
    try check(result, "connect", .address(address.description))
    return socket
  }

  /// Names the one peer that a datagram socket sends to unless told, and that it receives from.
  ///
  /// The room in that peer's queue is then what makes the socket writable.
  ///
  /// - Throws: `CoreError` of `connect` with the address, as ``connect(to:as:)``.
  public static func connect(
    _ socket: borrowing Fd, to address: UnixAddress
  ) throws(CoreError) {
    try check(
      SystemCall.connect(socket.rawValue, address), "connect", .address(address.description))
  }

  /// Takes the next connection; nil when there is none now.
  ///
  /// - Parameters:
  ///   - listener: a socket that listens.
  ///   - mode: of the new socket; blocking is for those that are handed to a child.
  /// - Returns: The connected socket, or nil.
  /// - Throws: `CoreError` of `accept4`, such as EMFILE; the listener stays good.
  public static func accept(
    from listener: borrowing Fd, as mode: BlockingMode = .nonBlocking
  ) throws(CoreError) -> Fd? {
    let number = listener.rawValue
    let (result, _) = SystemCall.accept(number, nonBlocking: mode == .nonBlocking)
    if result == -ErrorCode.wouldBlock.rawValue { return nil }
    return Fd(owning: try check(result, "accept4", .descriptor(number)))
  }

  /// Where the socket is itself, by `getsockname`; ``UnixAddress/Kind/unnamed`` if nowhere.
  public static func localAddress(of socket: borrowing Fd) throws(CoreError) -> UnixAddress {
    let (result, address) = SystemCall.localUnixAddress(socket.rawValue)
    try check(result, "getsockname", .descriptor(socket.rawValue))
    return address
  }

  /// Where the other side was bound, by `getpeername`; clients mostly are
  /// ``UnixAddress/Kind/unnamed``.
  public static func peerAddress(of socket: borrowing Fd) throws(CoreError) -> UnixAddress {
    let (result, address) = SystemCall.peerUnixAddress(socket.rawValue)
    try check(result, "getpeername", .descriptor(socket.rawValue))
    return address
  }

  /// Changes the permissions of a socket's file: who may connect to it has write permission.
  ///
  /// Links are not followed; anything but a socket is EINVAL. Needs `/proc`.
  public static func setPermissions(
    _ permissions: UInt32, of path: RawString
  ) throws(CoreError) {
    try check(SystemCall.changeMode(path, permissions), "chmod", .path(path.description))
  }
}
