public import CoreShift
internal import GreenThreads

/// A connection over a Unix socket, which can also pass open descriptors.
///
/// One green thread may read and one may write at a time; another one may ``close()`` it meanwhile.
/// Letting go of it closes it.
public final class UnixStream: DuplexStream, Connection, OpenSocket {
  let descriptor: Descriptor

  init(accepted socket: consuming Fd) {
    descriptor = Descriptor(adoptingUnregistered: socket)
  }

  init(connected socket: consuming Fd) throws(CoreError) {
    descriptor = try Descriptor(adopting: socket, shortRead: .meansNothing)
  }

  /// Connects to a path.
  ///
  /// Parks while the listener's queue is full, which the kernel does not announce: it is tried
  /// again after 1 to 50 milliseconds.
  ///
  /// - Throws: `CoreError` of `connect`, with the address: ENOENT, ECONNREFUSED where nobody
  ///   listens any more, EACCES; EINVAL and ENAMETOOLONG for what is no path; `Cancelled`.
  public convenience init(connect path: RawString) throws {
    try self.init(connect: UnixAddress(path: path))
  }

  /// Connects to a path or an abstract name; see ``init(connect:)-(RawString)``.
  ///
  /// Parks.
  public convenience init(connect address: UnixAddress) throws {
    try self.init(connected: UnixSocket.connectWaiting(to: address, as: .stream))
  }

  /// Takes over a connected socket, from a parent or another process.
  ///
  /// - Throws: `CoreError`: EINVAL for a blocking one; it is closed then.
  public init(adopting socket: consuming Fd) throws {
    descriptor = try Descriptor(adopting: socket)
  }

  /// Both ends of a connection without a name.
  ///
  /// Does not park.
  ///
  /// - Throws: `CoreError` of `socketpair`.
  public static func pair() throws -> (UnixStream, UnixStream) {
    let pair = try UnixSocket.makePair(.stream)
    return try pair.adopt { socket throws(CoreError) in try UnixStream(connected: socket) }
  }

  /// Where this side is; mostly `unnamed`, unless it is a listener's.
  public var localAddress: UnixAddress {
    get throws { try descriptor.withDescriptor(UnixSocket.localAddress) }
  }

  /// Where the other side was bound; mostly `unnamed`, unless it is a listener's.
  public var peerAddress: UnixAddress {
    get throws { try descriptor.withDescriptor(UnixSocket.peerAddress) }
  }

  /// Who connected, listened or made the pair, as the kernel noted it then.
  public var peerCredentials: PeerCredentials {
    get throws { try descriptor.withDescriptor(UnixSocket.peerCredentials) }
  }

  /// A pidfd of the peer's process, readable once that process has ended.
  ///
  /// - Throws: `CoreError` with ENOPROTOOPT before Linux 6.5; `ResourceClosed`.
  public func peerProcess() throws -> Fd {
    try descriptor.withDescriptor(UnixSocket.peerProcess)
  }

  /// Reads what is there into `buffer` from its start, waiting until there is something.
  ///
  /// Parks.
  ///
  /// Descriptors that were passed along are closed; ``receive(into:descriptors:)`` takes them.
  ///
  /// - Returns: how many bytes; 0 at the end, or for an empty buffer.
  /// - Throws: `CoreError` of `recv`, such as ECONNRESET; `Cancelled`; `ResourceClosed`;
  ///   `ResourceBusy`.
  @inline(__always)
  public func read(into buffer: inout MutableRawSpan) throws -> Int {
    try descriptor.receive(into: &buffer)
  }

  /// Takes as many of `bytes` as there is room for, at least one, waiting until there is.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `send`, such as EPIPE; `Cancelled`; `ResourceClosed`;
  ///   `ResourceBusy`.
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
  /// Reading goes on. Again: no effect. Does not park.
  ///
  /// - Throws: `ResourceClosed`.
  public func shutdownWrite() throws {
    try descriptor.shutdownWrite()
  }

  /// Ends the connection; who is parked on it gets `ResourceClosed`.
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

extension UnixStream: DescriptorStream {
  var streamDescriptor: Descriptor? { descriptor }
}

@available(*, unavailable, message: "a stream stays on its scheduler's OS thread")
extension UnixStream: Sendable {}
