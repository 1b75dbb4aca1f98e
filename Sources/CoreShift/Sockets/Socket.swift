/// What TCP sockets can do without waiting; and, where it says so, what all sockets can.
///
/// Functions on descriptors and no type of their own: a socket is an ``Fd``, and a reactor tells
/// when to try again. All that make a socket make it non-blocking and close-on-exec. For other
/// kinds see ``DatagramSocket`` and ``UnixSocket``.
public enum Socket {
  /// A socket that listens on `address`; port 0 lets the kernel choose.
  ///
  /// `SO_REUSEADDR` is set, so that a restarted server need not wait for old connections to time
  /// out; an IPv6 socket takes IPv6 only. Further options are set before it is bound, as
  /// ``Option/reusePort`` must be; buffer sizes and no-delay pass to what it accepts.
  ///
  /// - Throws: `CoreError` of `socket`, `setsockopt`, `bind` (EADDRINUSE, with the address) or
  ///   `listen`; nothing is left open.
  public static func listen(
    on address: SocketAddress, backlog: Int32 = 1024, options: Options = []
  ) throws(CoreError) -> Fd {
    let socket = try Fd(result: SystemCall.tcpSocket(address.family), "socket")
    let number = socket.rawValue
    try enable(.reuseAddress, on: socket)
    try prepareToBind(socket, address.family, options)
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

  /// Makes a socket, sets it up and begins to connect it.
  ///
  /// - Throws: `CoreError` of `socket` or `setsockopt`, or of `connect` with the address, such as
  ///   ECONNREFUSED.
  public static func connect(
    to address: SocketAddress, options: Options = []
  ) throws(CoreError) -> ConnectingSocket {
    let socket = try Fd(result: SystemCall.tcpSocket(address.family), "socket")
    try configure(socket, with: options)
    let result = SystemCall.connect(socket.rawValue, address)
    if result == -ErrorCode.inProgress.rawValue {
      return ConnectingSocket(socket: socket, progress: .inProgress)
    }
    try check(result, "connect", .address(address.description))
    return ConnectingSocket(socket: socket, progress: .connected)
  }

  /// Tells how a connect that was in progress ended; `SO_ERROR`.
  ///
  /// - Throws: `CoreError` of `connect` with the address: ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH;
  ///   EINPROGRESS if it has not ended.
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
    try accept(from: listener, as: .nonBlocking)
  }

  /// Takes the next connection as ``accept(from:)`` does, blocking if it is for somebody who wants
  /// that, such as a child; `accept4` sets the mode at once.
  public static func accept(
    from listener: borrowing Fd, as mode: BlockingMode
  ) throws(CoreError) -> AcceptedSocket? {
    let (result, peer) = SystemCall.accept(
      listener.rawValue, nonBlocking: mode == .nonBlocking)
    if result == -ErrorCode.wouldBlock.rawValue { return nil }
    let number = try check(result, "accept4", .descriptor(listener.rawValue))
    return AcceptedSocket(socket: Fd(owning: number), peer: peer)
  }

  /// How many connections wait to be accepted, on TCP and Unix sockets that listen; nil where the
  /// kernel does not tell.
  ///
  /// A Unix socket's number is asked for by `sock_diag(7)`, which needs a descriptor for so long.
  package static func backlogCount(of listener: borrowing Fd) -> Int? {
    let result = SystemCall.backlog(listener.rawValue)
    return result < 0 ? nil : Int(result)
  }

  /// Where the socket is itself, by `getsockname`; with port 0, what the kernel has chosen.
  public static func localAddress(
    of socket: borrowing Fd
  ) throws(CoreError) -> SocketAddress {
    let (result, address) = SystemCall.localAddress(socket.rawValue)
    try check(result, "getsockname", .descriptor(socket.rawValue))
    return address
  }

  /// Where the other side is, by `getpeername`; ENOTCONN while there is none.
  public static func peerAddress(
    of socket: borrowing Fd
  ) throws(CoreError) -> SocketAddress {
    let (result, address) = SystemCall.peerAddress(socket.rawValue)
    try check(result, "getpeername", .descriptor(socket.rawValue))
    return address
  }

  /// Ends this side's sending (`shutdown(SHUT_WR)`); the peer reads the end, and may go on sending.
  ///
  /// ENOTCONN without a peer.
  public static func shutdownWrite(_ socket: borrowing Fd) throws(CoreError) {
    try check(
      SystemCall.shutdownWrite(socket.rawValue), "shutdown", .descriptor(socket.rawValue))
  }

  /// Receives what is there, up to the buffer's size; `recv`, which never waits, on any kind of
  /// connected socket.
  ///
  /// Fewer bytes than fit do not mean that no more are there: only would-block does. Descriptors
  /// that come along are closed; see `UnixSocket.receive`.
  @inline(__always)
  public static func receive(
    _ buffer: UnsafeMutableRawBufferPointer, from socket: borrowing Fd
  ) throws(CoreError) -> ReadOutcome {
    guard buffer.count > 0 else { return .bytes(0) }
    return try unsafe ReadOutcome(
      result: SystemCall.receive(socket.rawValue, buffer), "recv", socket.rawValue)
  }

  /// Receives what is there into `buffer` from its start; the bytes behind stay as they were.
  public static func receive(
    _ buffer: inout [UInt8], from socket: borrowing Fd
  ) throws(CoreError) -> ReadOutcome {
    var span = buffer.mutableSpan
    return try unsafe span.withUnsafeMutableBytes { bytes throws(CoreError) in
      try unsafe receive(bytes, from: socket)
    }
  }

  /// Receives what is there and leaves it there; `recv(MSG_PEEK)`, which never waits.
  ///
  /// Nothing tells when there is more than what was seen: readiness comes once for all that came.
  public static func peek(
    _ buffer: UnsafeMutableRawBufferPointer, from socket: borrowing Fd
  ) throws(CoreError) -> ReadOutcome {
    guard buffer.count > 0 else { return .bytes(0) }
    return try unsafe ReadOutcome(
      result: SystemCall.peek(socket.rawValue, buffer), "recv", socket.rawValue)
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

  /// Sends what there is room for, from the start of `bytes`.
  public static func send(
    _ bytes: [UInt8], to socket: borrowing Fd
  ) throws(CoreError) -> WriteOutcome {
    // SAFETY: `bytes` of a span is unsafe for types with padding, which UInt8 has not.
    try unsafe bytes.span.bytes.withUnsafeBytes { buffer throws(CoreError) in
      try unsafe send(buffer, to: socket)
    }
  }
}

/// A socket whose connect has begun.
@frozen
public struct ConnectingSocket: ~Copyable, Sendable {
  /// The socket.
  public let socket: Fd
  /// How far it came at once.
  public let progress: Socket.ConnectProgress
}

/// A connection that a listener has taken.
@frozen
public struct AcceptedSocket: ~Copyable, Sendable {
  /// The connected socket.
  public let socket: Fd
  /// Where the other side is.
  public let peer: SocketAddress
}
