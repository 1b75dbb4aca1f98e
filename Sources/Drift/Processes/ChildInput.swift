internal import CoreShift
internal import GreenThreads

/// Where a child's standard input is written, if the command asks for it by
/// ``Command/Input/pipe``.
///
/// A child need not read it all: once it has ended, or closed its input, writing is EPIPE. Whoever
/// takes that for a normal end writes through ``feed(_:)``.
public final class ChildInput: WritableStream {
  /// Nil unless it is a pipe.
  let pipe: Descriptor?
  private var isClosed = false

  init(_ pipe: Descriptor?) {
    self.pipe = pipe
  }

  /// Takes as many of `bytes` as there is room for in the pipe, waiting until there is.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `write`, EPIPE once nobody reads it any more; `Cancelled`;
  ///   `ResourceBusy`; `ResourceClosed`, also where the input is no pipe.
  public func writeSome(_ bytes: RawSpan) throws -> Int {
    if bytes.byteCount == 0 { return 0 }
    guard let pipe else { throw noPipe }
    return try pipe.writeSome(bytes)
  }

  /// Takes as many of two pieces as there is room for, by one system call.
  ///
  /// Parks.
  public func writeSome(_ first: RawSpan, then second: RawSpan) throws -> Int {
    if first.byteCount == 0 && second.byteCount == 0 { return 0 }
    guard let pipe else { throw noPipe }
    return try pipe.writeSome(first, then: second)
  }

  /// Takes as many of the pieces as there is room for, up to 32 of them by one system call.
  ///
  /// Parks.
  public func writeSome(gathering pieces: [[UInt8]], behind taken: Int) throws -> Int {
    guard let pipe else { throw noPipe }
    return try pipe.writeSome(gathering: pieces, behind: taken)
  }

  /// Writes all of `bytes`, as long as somebody reads them.
  ///
  /// Parks.
  ///
  /// - Returns: whether all was taken; false once nobody reads the input any more.
  /// - Throws: what ``writeSome(_:)`` throws, but for EPIPE.
  @discardableResult
  public func feed(_ bytes: [UInt8]) throws -> Bool {
    do {
      try write(bytes)
      return true
    } catch let error as CoreError where error.code == .brokenPipe {
      return false
    }
  }

  /// Ends the input: the child reads what was written, and then the end.
  ///
  /// Again, or where there is none: no effect. Does not park.
  ///
  /// - Throws: `ResourceClosed` after ``close()``.
  public func shutdownWrite() throws {
    if isClosed { throw ResourceClosed("an input") }
    end()
  }

  /// Ends the input.
  ///
  /// Again, or where there is none: no effect. Does not park. On another OS thread than the
  /// scheduler's, when the loop's turn comes.
  public func close() {
    isClosed = true
    end()
  }

  /// Ends the input on behalf of who sees the child through: its owner has not closed it.
  ///
  /// A green thread of the loop's may be feeding it, wherever this is.
  func end() { pipe?.closeShared() }

  private var noPipe: ResourceClosed { ResourceClosed("an input that is no pipe") }
}

extension ChildInput: DescriptorStream {
  var streamDescriptor: Descriptor? { pipe }
}

@available(*, unavailable, message: "a stream stays on its scheduler's OS thread")
extension ChildInput: Sendable {}
