public import CoreShift

/// Where a pipe's bytes come out: reads that park.
///
/// The end comes once every copy of the other end is closed, in whatever process. Letting go of it
/// closes it.
public final class PipeReader: ReadableStream {
  let descriptor: Descriptor

  /// Adopts a pipe's read end, or a FIFO opened for reading, which must be non-blocking.
  ///
  /// - Throws: `CoreError`: EINVAL for a blocking one, which is closed then.
  public init(adopting readEnd: consuming Fd) throws {
    descriptor = try Descriptor(adopting: readEnd)
  }

  /// Reads what is there into `buffer` from its start, waiting until there is something.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `read`, `Cancelled`, `ResourceClosed`, `ResourceBusy`.
  public func read(into buffer: inout MutableRawSpan) throws -> Int {
    try descriptor.read(into: &buffer)
  }

  /// Reads what is there into `buffer` from its start; see ``read(into:)-(MutableRawSpan)``.
  ///
  /// Parks.
  public func read(into buffer: inout [UInt8]) throws -> Int {
    try descriptor.read(into: &buffer)
  }

  /// Closes this end; who writes to the other gets EPIPE, if no copy of this one is left.
  ///
  /// Again: no effect. Does not park.
  public func close() {
    descriptor.close()
  }
}

extension PipeReader: DescriptorStream {
  var streamDescriptor: Descriptor? { descriptor }
}

@available(*, unavailable, message: "a stream stays on its scheduler's OS thread")
extension PipeReader: Sendable {}
