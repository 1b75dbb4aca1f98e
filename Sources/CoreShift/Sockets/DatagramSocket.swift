/// What UDP sockets can do without waiting.
///
/// Functions on descriptors, as ``Socket`` has them for TCP, whose ``Socket/localAddress(of:)`` and
/// options do here as well. All that make a socket make it non-blocking and close-on-exec.
public enum DatagramSocket {
  /// A datagram that was received.
  @frozen
  public struct Received: Hashable, Sendable {
    /// How many bytes lie in the buffer now; 0 is an empty datagram, not an end.
    public let byteCount: Int
    /// How many bytes were sent.
    public let sentByteCount: Int
    /// Where it came from.
    public let sender: SocketAddress

    /// Whether it did not fit in the buffer; the rest of it is lost.
    public var isTruncated: Bool { sentByteCount > byteCount }
  }

  /// A socket that is bound nowhere yet; the kernel chooses an address with its first datagram.
  ///
  /// `socket(2)`; EAFNOSUPPORT where the kernel lacks the family.
  public static func open(_ family: SocketAddress.Family) throws(CoreError) -> Fd {
    try Fd(result: SystemCall.udpSocket(family), "socket")
  }

  /// A socket that receives at `address`; port 0 lets the kernel choose.
  ///
  /// An IPv6 socket takes IPv6 only, unless it is ``Socket/Option/dualStack``.
  ///
  /// - Throws: `CoreError` of `socket`, `setsockopt` or `bind` (EADDRINUSE, with the address);
  ///   nothing is left open.
  public static func bind(
    to address: SocketAddress, options: Socket.Options = []
  ) throws(CoreError) -> Fd {
    let socket = try open(address.family)
    let number = socket.rawValue
    try Socket.prepareToBind(socket, address.family, options)
    try check(SystemCall.bind(number, address), "bind", .address(address.description))
    return socket
  }

  /// Names the one peer that the socket sends to, and that it receives from: at once, since
  /// nothing is sent.
  ///
  /// `Socket.receive(_:from:)` does then, too, but takes an empty datagram for the end. A peer that
  /// is not there shows as ECONNREFUSED of a later call.
  public static func connect(
    _ socket: borrowing Fd, to address: SocketAddress
  ) throws(CoreError) {
    try check(
      SystemCall.connect(socket.rawValue, address), "connect", .address(address.description))
  }

  /// Receives one datagram into `buffer` from its start; nil when there is none now.
  ///
  /// `recvfrom(MSG_DONTWAIT | MSG_TRUNC)`. What an empty buffer receives is lost, but counted.
  public static func receive(
    _ buffer: UnsafeMutableRawBufferPointer, from socket: borrowing Fd
  ) throws(CoreError) -> Received? {
    let number = socket.rawValue
    // SAFETY: the buffer is the caller's, and outlives the call.
    let (result, sender) = unsafe SystemCall.receiveDatagram(number, buffer)
    if result == -Int(ErrorCode.wouldBlock.rawValue) { return nil }
    guard result >= 0 else { throw failure(result, "recvfrom", .descriptor(number)) }
    return Received(
      byteCount: min(result, buffer.count), sentByteCount: result, sender: sender)
  }

  /// Receives one datagram into `buffer` from its start; the bytes behind stay as they were.
  public static func receive(
    _ buffer: inout [UInt8], from socket: borrowing Fd
  ) throws(CoreError) -> Received? {
    var span = buffer.mutableSpan
    return try unsafe span.withUnsafeMutableBytes { bytes throws(CoreError) in
      try unsafe receive(bytes, from: socket)
    }
  }

  /// Sends one datagram, which may be empty: all of it, or nothing where there is no room now.
  ///
  /// `sendto(MSG_DONTWAIT | MSG_NOSIGNAL)`. EMSGSIZE for more than the protocol can carry.
  public static func send(
    _ bytes: UnsafeRawBufferPointer, to address: SocketAddress, through socket: borrowing Fd
  ) throws(CoreError) -> WriteOutcome {
    try unsafe WriteOutcome(
      result: SystemCall.sendDatagram(socket.rawValue, bytes, to: address), "sendto",
      on: .address(address.description))
  }

  /// Sends one datagram, which may be empty, to the peer that the socket was connected to.
  ///
  /// - Throws: `CoreError` of `send`: EDESTADDRREQ without one; ECONNREFUSED for what an earlier
  ///   datagram has met, and then this one was not sent.
  public static func send(
    _ bytes: UnsafeRawBufferPointer, through socket: borrowing Fd
  ) throws(CoreError) -> WriteOutcome {
    let number = socket.rawValue
    return try unsafe WriteOutcome(result: SystemCall.send(number, bytes), "send", number)
  }

  /// Sends the bytes as one datagram; an empty array is an empty datagram.
  public static func send(
    _ bytes: [UInt8], to address: SocketAddress, through socket: borrowing Fd
  ) throws(CoreError) -> WriteOutcome {
    // SAFETY: `bytes` of a span is unsafe for types with padding, which UInt8 has not.
    try unsafe bytes.span.bytes.withUnsafeBytes { buffer throws(CoreError) in
      try unsafe send(buffer, to: address, through: socket)
    }
  }
}
