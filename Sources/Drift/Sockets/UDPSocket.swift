public import CoreShift
internal import GreenThreads

/// A UDP socket: datagrams that arrive whole, or not at all.
///
/// One green thread may receive and one may send at a time; another one may ``close()`` it
/// meanwhile. Letting go of it closes it.
public final class UDPSocket: OpenSocket {
  private let descriptor: Descriptor

  private init(_ socket: consuming Fd) throws(CoreError) {
    descriptor = try Descriptor(adopting: socket, shortRead: .meansNothing)
  }

  /// Receives at a numeric address; port 0 lets the kernel choose.
  ///
  /// Does not park.
  ///
  /// - Throws: `CoreError`: EINVAL for what is no address, EADDRINUSE, EADDRNOTAVAIL, EACCES.
  public convenience init(
    bind host: String, port: UInt16, options: Socket.Options = []
  ) throws {
    let address = try SocketAddress(ip: host, port: port)
    try self.init(DatagramSocket.bind(to: address, options: options))
  }

  /// A socket that is bound nowhere yet; the kernel chooses an address with its first datagram.
  ///
  /// Does not park.
  ///
  /// - Throws: `CoreError` of `socket` or `setsockopt`.
  public convenience init(_ family: SocketAddress.Family, options: Socket.Options = []) throws {
    let socket = try DatagramSocket.open(family)
    try Socket.configure(socket, with: options)
    try self.init(socket)
  }

  /// Where it receives; with port 0, what the kernel has chosen.
  public var localAddress: SocketAddress {
    get throws { try descriptor.withDescriptor(Socket.localAddress) }
  }

  /// Names the one peer that ``send(_:)-(RawSpan)`` sends to, and that this socket receives from.
  ///
  /// Does not park, and sends nothing: a peer that is not there shows later, as ECONNREFUSED.
  ///
  /// - Throws: `CoreError` of `connect` with the address: ENETUNREACH; `ResourceClosed`.
  public func connect(to address: SocketAddress) throws {
    try descriptor.withDescriptor { socket throws(CoreError) in
      try DatagramSocket.connect(socket, to: address)
    }
  }

  /// Sends one datagram, which may be empty, waiting until there is room for it.
  ///
  /// Parks. That it was sent does not mean that it arrives.
  ///
  /// - Throws: `CoreError` of `sendto`: EMSGSIZE for more than the protocol can carry, EACCES for a
  ///   broadcast without its option, ENETUNREACH; `Cancelled`; `ResourceClosed`; `ResourceBusy`.
  ///   Nothing was sent then.
  public func send(_ bytes: RawSpan, to address: SocketAddress) throws {
    try unsafe bytes.withUnsafeBytes { buffer in
      // SAFETY: here and below, the memory is lent for the length of the call.
      _ = try descriptor.writeLoop { socket throws(CoreError) in
        try unsafe DatagramSocket.send(buffer, to: address, through: socket)
      }
    }
  }

  /// Sends `bytes` as one datagram; see ``send(_:to:)-(RawSpan,_)``.
  ///
  /// Parks.
  public func send(_ bytes: [UInt8], to address: SocketAddress) throws {
    // SAFETY: here and below, `bytes` of a span is unsafe for types with padding, which UInt8 has
    // not.
    try unsafe send(bytes.span.bytes, to: address)
  }

  /// Sends one datagram to the connected peer; see ``send(_:to:)-(RawSpan,_)``.
  ///
  /// Parks.
  ///
  /// - Throws: also `CoreError` with EDESTADDRREQ without a peer, and ECONNREFUSED for what an
  ///   earlier datagram has met.
  public func send(_ bytes: RawSpan) throws {
    try unsafe bytes.withUnsafeBytes { buffer in
      _ = try descriptor.writeLoop { socket throws(CoreError) in
        try unsafe DatagramSocket.send(buffer, through: socket)
      }
    }
  }

  /// Sends `bytes` as one datagram to the connected peer; see ``send(_:)-(RawSpan)``.
  ///
  /// Parks.
  public func send(_ bytes: [UInt8]) throws {
    try unsafe send(bytes.span.bytes)
  }

  /// Receives one datagram into `buffer` from its start, waiting for one.
  ///
  /// Parks.
  ///
  /// - Returns: how many bytes, 0 for an empty datagram, which is no end; how many there were, if
  ///   they did not fit; and the sender.
  /// - Throws: `CoreError` of `recvfrom`, such as ECONNREFUSED on a connected socket, which stays
  ///   good; `Cancelled`; `ResourceClosed`; `ResourceBusy`.
  public func receive(into buffer: inout MutableRawSpan) throws -> DatagramSocket.Received {
    try unsafe buffer.withUnsafeMutableBytes { bytes in
      let received = try descriptor.receiveLoop { socket throws(CoreError) in
        try unsafe DatagramSocket.receive(bytes, from: socket)
      }
      descriptor.noteRead(received.byteCount)
      return received
    }
  }

  /// Receives one datagram into `buffer` from its start; see
  /// ``receive(into:)-(MutableRawSpan)``.
  ///
  /// Parks.
  public func receive(into buffer: inout [UInt8]) throws -> DatagramSocket.Received {
    var span = buffer.mutableSpan
    var bytes = unsafe span.mutableBytes
    return try receive(into: &bytes)
  }

  /// Ends the socket; who is parked on it gets `ResourceClosed`.
  ///
  /// Again: no effect.
  public func close() { descriptor.close() }

  /// Lends the socket for a call that does not wait; see ``OpenSocket``.
  public func withSocket<Value: ~Copyable>(
    _ call: (borrowing Fd) throws(CoreError) -> Value
  ) throws -> Value {
    try descriptor.withDescriptor(call)
  }
}

@available(*, unavailable, message: "a socket stays on its scheduler's OS thread")
extension UDPSocket: Sendable {}
