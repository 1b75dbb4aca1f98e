/// What TCP sockets can do without waiting.
///
/// Functions on descriptors and no type of their own: a socket is an ``Fd``, and a reactor tells
/// when to try again. All that make a socket make it non-blocking and close-on-exec.
public enum Socket {
  /// A socket that listens on `address`; port 0 lets the kernel choose.
  ///
  /// `SO_REUSEADDR` is set, so that a restarted server need not wait for old connections to time
  /// out; an IPv6 socket takes IPv6 only.
  ///
  /// - Throws: `CoreError` of `socket`, `setsockopt`, `bind` (EADDRINUSE, with the address) or
  ///   `listen`; nothing is left open.
  public static func listen(
    on address: SocketAddress, backlog: Int32 = 1024
  ) throws(CoreError) -> Fd {
    let socket = try Fd(result: SystemCall.tcpSocket(address.family), "socket")
    let number = socket.rawValue
    try check(SystemCall.setReuseAddress(number, true), "setsockopt", .descriptor(number))
    if address.family == .v6 {
      try check(SystemCall.setV6Only(number, true), "setsockopt", .descriptor(number))
    }
    try check(
      SystemCall.bind(number, address), "bind", .address(address.description))
    try check(SystemCall.listen(number, backlog), "listen", .address(address.description))
    return socket
  }

  /// How far a connect came at once.
  public enum ConnectProgress: Hashable, Sendable {
    /// The connection stands.
    case connected
    /// Once the socket is writable, ``finishConnect(_:to:)`` tells.
    case inProgress
  }

  /// Makes a socket and begins to connect it.
  ///
  /// - Throws: `CoreError` of `socket`, or of `connect` with the address, such as ECONNREFUSED.
  public static func connect(
    to address: SocketAddress
  ) throws(CoreError) -> ConnectingSocket {
    let socket = try Fd(result: SystemCall.tcpSocket(address.family), "socket")
    let result = SystemCall.connect(socket.rawValue, address)
    if result == -ErrorCode.inProgress.rawValue {
      return ConnectingSocket(socket: socket, progress: .inProgress)
    }
    try check(result, "connect", .address(address.description))
    return ConnectingSocket(socket: socket, progress: .connected)
  }

  /// Tells how a connect that was in progress ended; `SO_ERROR`.
  ///
  /// - Throws: `CoreError` of `connect` with the address: ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH.
  public static func finishConnect(
    _ socket: borrowing Fd, to address: SocketAddress
  ) throws(CoreError) {
    try check(
      SystemCall.pendingError(socket.rawValue), "connect", .address(address.description))
  }

  /// Takes the next connection; nil when there is none now.
  ///
  /// Connections that failed before they were taken (ECONNABORTED and its like) are passed over.
  ///
  /// - Throws: `CoreError` of `accept4`, such as EMFILE; the listener stays good.
  public static func accept(
    from listener: borrowing Fd
  ) throws(CoreError) -> AcceptedSocket? {
    let (result, peer) = SystemCall.accept(listener.rawValue)
    if result == -ErrorCode.wouldBlock.rawValue { return nil }
    let number = try check(result, "accept4", .descriptor(listener.rawValue))
    return AcceptedSocket(socket: Fd(owning: number), peer: peer)
  }

  /// Where the socket is itself; with port 0, what the kernel has chosen.
  public static func localAddress(
    of socket: borrowing Fd
  ) throws(CoreError) -> SocketAddress {
    let (result, address) = SystemCall.localAddress(socket.rawValue)
    try check(result, "getsockname", .descriptor(socket.rawValue))
    return address
  }

  /// Where the other side is.
  public static func peerAddress(
    of socket: borrowing Fd
  ) throws(CoreError) -> SocketAddress {
    let (result, address) = SystemCall.peerAddress(socket.rawValue)
    try check(result, "getpeername", .descriptor(socket.rawValue))
    return address
  }

  /// Ends this side's sending; the peer reads the end, and may go on sending.
  public static func shutdownWrite(_ socket: borrowing Fd) throws(CoreError) {
    try check(
      SystemCall.shutdownWrite(socket.rawValue), "shutdown", .descriptor(socket.rawValue))
  }

  /// Sends small writes at once instead of waiting for more (`TCP_NODELAY`).
  public static func setNoDelay(_ socket: borrowing Fd) throws(CoreError) {
    try check(
      SystemCall.setNoDelay(socket.rawValue, true), "setsockopt", .descriptor(socket.rawValue))
  }

  /// Receives what is there, up to the buffer's size; `recv`, which never waits.
  @inline(__always)
  public static func receive(
    _ buffer: UnsafeMutableRawBufferPointer, from socket: borrowing Fd
  ) throws(CoreError) -> ReadOutcome {
    guard buffer.count > 0 else { return .bytes(0) }
    return try unsafe ReadOutcome(
      result: SystemCall.receive(socket.rawValue, buffer), "recv", socket.rawValue)
  }

  /// Sends what there is room for; `send(MSG_NOSIGNAL)`, which never waits.
  @inline(__always)
  public static func send(
    _ buffer: UnsafeRawBufferPointer, to socket: borrowing Fd
  ) throws(CoreError) -> WriteOutcome {
    guard buffer.count > 0 else { return .bytes(0) }
    return try unsafe WriteOutcome(
      result: SystemCall.send(socket.rawValue, buffer), "send", socket.rawValue)
  }
}

/// A socket whose connect has begun.
@frozen
public struct ConnectingSocket: ~Copyable {
  /// The socket.
  public let socket: Fd
  /// How far it came at once.
  public let progress: Socket.ConnectProgress
}

/// A connection that a listener has taken.
@frozen
public struct AcceptedSocket: ~Copyable {
  /// The connected socket.
  public let socket: Fd
  /// Where the other side is.
  public let peer: SocketAddress
}
