public import CoreShift
internal import GreenThreads

/// A TCP connection: reads and writes that look as if they blocked, and park.
///
/// One green thread may read and one may write at a time; another one may ``close()`` it meanwhile.
/// Letting go of it closes it.
public final class TCPStream: DuplexStream {
  let descriptor: Descriptor
  /// Where the other side is.
  public let peerAddress: SocketAddress

  init(accepted socket: consuming Fd, peer: SocketAddress) {
    peerAddress = peer
    descriptor = Descriptor(adoptingUnregistered: socket, shortRead: .meansDrained)
  }

  /// What a race between addresses has given.
  init(winner: TCPStream) {
    descriptor = winner.descriptor
    peerAddress = winner.peerAddress
  }

  /// Connects to an address, and waits only for that one.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - address: where to.
  ///   - options: what the socket is set up with before.
  /// - Throws: `CoreError` of `connect`, with the address: ECONNREFUSED, ENETUNREACH, EHOSTUNREACH,
  ///   ETIMEDOUT when the kernel gave up; `Cancelled`, also by a deadline around it.
  public init(connect address: SocketAddress, options: Socket.Options = []) throws {
    peerAddress = address
    descriptor = try Descriptor.connecting(to: address, options)
  }

  /// Takes over a connected socket, from a parent or another process.
  ///
  /// - Throws: `CoreError`: EINVAL for a blocking one, ENOTCONN for one without a peer; it is
  ///   closed then.
  public init(adopting socket: consuming Fd) throws {
    peerAddress = try Socket.peerAddress(of: socket)
    descriptor = try Descriptor(adopting: socket)
  }

  /// Where this side is.
  public var localAddress: SocketAddress {
    get throws { try descriptor.withDescriptor(Socket.localAddress) }
  }

  // SAFETY: here and below, the memory is lent for the length of the call.

  /// Reads what is there into `buffer` from its start, waiting until there is something.
  ///
  /// Parks.
  ///
  /// - Returns: how many bytes; 0 once the other side has ended its sending, or for an empty
  ///   buffer.
  /// - Throws: `CoreError` of `recv`, such as ECONNRESET; `Cancelled`; `ResourceClosed`;
  ///   `ResourceBusy`.
  public func read(into buffer: inout [UInt8]) throws -> Int {
    try unsafe buffer.withUnsafeMutableBytes { try unsafe descriptor.receive(into: $0) }
  }

  /// Reads into `buffer` from its start; see ``read(into:)-([UInt8])``.
  ///
  /// Parks.
  @inline(__always)
  public func read(into buffer: inout MutableRawSpan) throws -> Int {
    try descriptor.receive(into: &buffer)
  }

  /// Reads into memory of the caller's; see ``read(into:)-([UInt8])``.
  ///
  /// Parks.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try unsafe descriptor.receive(into: buffer)
  }

  /// Writes all of `bytes`, waiting whenever there is no room.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `send`, such as EPIPE or ECONNRESET; `Cancelled`; `ResourceClosed`;
  ///   `ResourceBusy`. How much was sent is then known only to ``write(_:counting:)-(RawSpan,_)``.
  public func write(_ bytes: [UInt8]) throws {
    try unsafe bytes.withUnsafeBytes { try unsafe descriptor.sendAll($0) }
  }

  /// Writes all of `bytes`; see ``write(_:)-([UInt8])``.
  ///
  /// Parks.
  public func write(_ bytes: ArraySlice<UInt8>) throws {
    try unsafe bytes.withUnsafeBytes { try unsafe descriptor.sendAll($0) }
  }

  /// Writes all of `bytes`; see ``write(_:)-([UInt8])``.
  ///
  /// Parks.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    try unsafe descriptor.sendAll(bytes)
  }

  /// Takes as many of `bytes` as there is room for, at least one, waiting until there is.
  ///
  /// Parks.
  ///
  /// - Throws: as ``write(_:)-([UInt8])``; nothing was sent then.
  @inline(__always)
  public func writeSome(_ bytes: RawSpan) throws -> Int {
    try descriptor.sendSome(bytes)
  }

  /// Takes as many of two pieces as there is room for, by one system call.
  ///
  /// Parks.
  public func writeSome(_ first: RawSpan, then second: RawSpan) throws -> Int {
    try descriptor.sendSome(first, then: second)
  }

  /// Takes as many of the pieces as there is room for, up to 32 of them by one system call.
  ///
  /// Parks.
  public func writeSome(gathering pieces: [[UInt8]], behind taken: Int) throws -> Int {
    try descriptor.sendSome(gathering: pieces, behind: taken)
  }

  /// Ends this side's sending: the other side reads everything and then the end.
  ///
  /// Reading goes on. Again, or once the connection is over: no effect. Does not park.
  ///
  /// - Throws: `ResourceClosed`.
  public func shutdownWrite() throws {
    try descriptor.shutdownWrite()
  }

  /// Sends small writes at once instead of waiting for more (`TCP_NODELAY`).
  public func setNoDelay() throws {
    try descriptor.withDescriptor(Socket.setNoDelay)
  }

  /// Ends the connection; who is parked on it gets `ResourceClosed`.
  ///
  /// Again: no effect.
  public func close() {
    descriptor.close()
  }
}

@available(*, unavailable, message: "a stream stays on its scheduler's OS thread")
extension TCPStream: Sendable {}
