/// One end of a connection that is made of memory alone, for tests and for code in one program.
///
/// It behaves as a Unix socket does: a writer waits once the other side has so much to read,
/// what was written before ``close()`` is still read there, and writing to an end that is closed
/// is EPIPE. Letting go of an end closes it.
public final class MemoryStream: DuplexStream, Connection {
  private let incoming: MemoryPipe
  private let outgoing: MemoryPipe

  private init(incoming: MemoryPipe, outgoing: MemoryPipe) {
    self.incoming = incoming
    self.outgoing = outgoing
  }

  deinit {
    close()
  }

  /// Two ends that are connected to each other.
  ///
  /// Memory is taken as bytes are written.
  ///
  /// - Parameter capacity: how many unread bytes make a writer wait, in each direction; one or
  ///   more.
  /// - Returns: Both ends.
  public static func pair(capacity: Int = 64 << 10) -> (MemoryStream, MemoryStream) {
    if capacity < 1 { fatalError("a memory stream of \(capacity) bytes: give one or more") }
    let there = MemoryPipe(capacity: capacity)
    let back = MemoryPipe(capacity: capacity)
    return (
      MemoryStream(incoming: back, outgoing: there), MemoryStream(incoming: there, outgoing: back)
    )
  }

  /// Whether ``close()`` has been called.
  public var isClosed: Bool { incoming.isAbandoned }

  /// Reads what is there into `buffer` from its start, waiting until there is something.
  ///
  /// Parks.
  ///
  /// - Throws: `Cancelled`, `ResourceClosed`, `ResourceBusy`.
  public func read(into buffer: inout MutableRawSpan) throws -> Int {
    if buffer.byteCount == 0 { return 0 }
    // SAFETY: the memory is lent for the length of the call.
    return try unsafe buffer.withUnsafeMutableBytes { try unsafe incoming.read(into: $0) }
  }

  /// Takes as many of `bytes` as there is room for, at least one, waiting until there is.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` with EPIPE once the other end is closed, or after
  ///   ``shutdownWrite()``; `Cancelled`; `ResourceClosed`; `ResourceBusy`.
  public func writeSome(_ bytes: RawSpan) throws -> Int {
    if bytes.byteCount == 0 { return 0 }
    return try unsafe bytes.withUnsafeBytes { try unsafe outgoing.write($0) }
  }

  /// Ends the sending; the other end reads everything and then the end.
  ///
  /// Again: no effect. Does not park.
  ///
  /// - Throws: `ResourceClosed`.
  public func shutdownWrite() throws {
    if isClosed { throw MemoryPipe.closedError }
    outgoing.end()
  }

  /// Ends both directions; who is parked on this end gets `ResourceClosed`.
  ///
  /// If something is left unread here, the other end is told so by ECONNRESET, once, after it has
  /// read what was written before. Again: no effect. Does not park.
  public func close() {
    outgoing.close(leaving: incoming.unread)
    incoming.abandon()
  }

  /// Ends the connection at once: the other end gets ECONNRESET from now on, and what was not read
  /// yet is dropped.
  ///
  /// Who is parked on this end gets `ResourceClosed`. Again, or after ``close()``: no effect. Does
  /// not park.
  public func reset() {
    if isClosed { return }
    outgoing.reset()
    incoming.reset()
    close()
  }
}

@available(*, unavailable, message: "a stream stays on its scheduler's OS thread")
extension MemoryStream: Sendable {}
