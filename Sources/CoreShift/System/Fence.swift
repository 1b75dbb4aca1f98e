// Where -errno becomes a `CoreError`. Nothing outside this folder sees an errno number.

/// Whether the result of a call that would have to wait is would-block.
private let wouldBlockResult = -Int(ErrorCode.wouldBlock.rawValue)

/// Passes a result on, or throws when it is a negative errno.
@inline(__always)
@discardableResult
func check(
  _ result: Int32, _ operation: StaticString, _ subject: @autoclosure () -> ErrorSubject
) throws(CoreError) -> Int32 {
  guard result < 0 else { return result }
  throw failure(Int(result), operation, subject())
}

/// The error for a negative errno; apart, so that the good path stays short.
@inline(never)
func failure(_ result: Int, _ operation: StaticString, _ subject: ErrorSubject) -> CoreError {
  CoreError(
    operation: operation.description, code: ErrorCode(rawValue: Int32(truncatingIfNeeded: -result)),
    subject: subject)
}

extension ReadOutcome {
  /// The three outcomes of a read into a buffer that is not empty.
  @inline(__always)
  init(
    result: Int, _ operation: StaticString, _ descriptor: Int32
  ) throws(CoreError) {
    if result > 0 {
      self = .bytes(result)
    } else if result == 0 {
      self = .end
    } else if result == wouldBlockResult {
      self = .wouldBlock
    } else {
      throw failure(result, operation, .descriptor(descriptor))
    }
  }
}

extension WriteOutcome {
  /// The two outcomes of a write.
  @inline(__always)
  init(
    result: Int, _ operation: StaticString, _ descriptor: Int32
  ) throws(CoreError) {
    try self.init(result: result, operation, on: .descriptor(descriptor))
  }

  /// The two outcomes of a write to somebody, who is named where it fails.
  @inline(__always)
  init(
    result: Int, _ operation: StaticString, on subject: @autoclosure () -> ErrorSubject
  ) throws(CoreError) {
    if result >= 0 {
      self = .bytes(result)
    } else if result == wouldBlockResult {
      self = .wouldBlock
    } else {
      throw failure(result, operation, subject())
    }
  }
}

extension CountOutcome {
  /// The two outcomes of moving `count` out of or into a counter.
  init(
    result: Int32, _ count: UInt64, _ operation: StaticString, _ descriptor: Int32
  ) throws(CoreError) {
    if result >= 0 {
      self = .count(count)
    } else if Int(result) == wouldBlockResult {
      self = .wouldBlock
    } else {
      throw failure(Int(result), operation, .descriptor(descriptor))
    }
  }
}

/// The number of events of a wait; an interrupted one has none.
@inline(__always)
func checkWait(_ result: Int32, _ reactor: Int32) throws(CoreError) -> Int {
  if result >= 0 { return Int(result) }
  if result == -ErrorCode.interrupted.rawValue { return 0 }
  throw failure(Int(result), "epoll_wait", .descriptor(reactor))
}
