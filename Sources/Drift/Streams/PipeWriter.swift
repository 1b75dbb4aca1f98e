public import CoreShift
internal import GreenThreads

/// Where a pipe's bytes go in: writes that park, and never raise SIGPIPE.
///
/// Letting go of it closes it.
public final class PipeWriter: WritableStream {
  let descriptor: Descriptor
  private var isClosed = false

  /// Adopts a pipe's write end, or a FIFO opened for writing, which must be non-blocking.
  ///
  /// - Throws: `CoreError`: EINVAL for a blocking one, which is closed then.
  public init(adopting writeEnd: consuming Fd) throws {
    descriptor = try Descriptor(adopting: writeEnd)
  }

  /// Takes as many of `bytes` as there is room for, at least one, waiting until there is.
  ///
  /// Parks.
  ///
  /// Up to 4,096 bytes go in whole, and so are not mixed with what others write (`PIPE_BUF`).
  ///
  /// - Throws: `CoreError` of `write`: EPIPE once nobody reads; `Cancelled`, `ResourceClosed`,
  ///   `ResourceBusy`.
  public func writeSome(_ bytes: RawSpan) throws -> Int {
    try descriptor.writeSome(bytes)
  }

  /// Takes as many of two pieces as there is room for, by one system call.
  ///
  /// Parks.
  public func writeSome(_ first: RawSpan, then second: RawSpan) throws -> Int {
    try descriptor.writeSome(first, then: second)
  }

  /// Takes as many of the pieces as there is room for, up to 32 of them by one system call.
  ///
  /// Parks.
  public func writeSome(gathering pieces: [[UInt8]], behind taken: Int) throws -> Int {
    try descriptor.writeSome(gathering: pieces, behind: taken)
  }

  /// Ends the writing, which for a pipe is to close this end.
  ///
  /// Again: no effect. Does not park.
  ///
  /// - Throws: `ResourceClosed` after ``close()``.
  public func shutdownWrite() throws {
    if isClosed { throw ResourceClosed("a pipe") }
    descriptor.close()
  }

  /// Closes this end; the reader gets what is in the pipe, and then the end, if no copy of this
  /// end is left.
  ///
  /// Again: no effect. Does not park.
  public func close() {
    isClosed = true
    descriptor.close()
  }
}

extension PipeWriter: DescriptorStream {
  var streamDescriptor: Descriptor? { descriptor }
}

@available(*, unavailable, message: "a stream stays on its scheduler's OS thread")
extension PipeWriter: Sendable {}
