internal import GreenThreads

extension ReadableStream {
  /// Reads what is there into `buffer` from its start, up to its count; 0 at the end.
  ///
  /// Parks.
  public func read(into buffer: inout [UInt8]) throws -> Int {
    var span = buffer.mutableSpan
    // SAFETY: unsafe for types with padding, which UInt8 has not.
    var bytes = unsafe span.mutableBytes
    return try read(into: &bytes)
  }

  /// Reads until `buffer` is full.
  ///
  /// Parks.
  ///
  /// - Throws: ``StreamEnded`` when the end comes first, with what there was in `buffer`; what
  ///   ``read(into:)-(MutableRawSpan)`` throws.
  public func readExactly(into buffer: inout MutableRawSpan) throws {
    var received = 0
    while received < buffer.byteCount {
      var rest = buffer._mutatingExtracting(received...)
      let count = try read(into: &rest)
      if count == 0 { throw StreamEnded(received: received, expected: buffer.byteCount) }
      received += count
    }
  }

  /// Reads `count` bytes.
  ///
  /// Parks.
  ///
  /// Beyond a MiB the memory grows as the bytes come, to twice their number: a count that the other
  /// side has named costs no more than what it then sends. That has no end unless the count has a
  /// limit.
  ///
  /// - Throws: ``StreamEnded`` when the end comes first; `InvalidArgument` for a negative count.
  public func readExactly(_ count: Int) throws -> [UInt8] {
    if count < 0 { throw InvalidArgument("reading \(count) bytes") }
    var bytes = [UInt8](repeating: 0, count: min(count, 1 << 20))
    var received = 0
    while received < count {
      if received == bytes.count {
        var larger = [UInt8](repeating: 0, count: received + min(received, count - received))
        // SAFETY: there is room, and both are lent for the length of the call.
        unsafe larger.withUnsafeMutableBytes { room in
          unsafe bytes.withUnsafeBytes { unsafe room.copyMemory(from: $0) }
        }
        bytes = larger
      }
      var span = bytes.mutableSpan
      var all = unsafe span.mutableBytes
      var rest = all._mutatingExtracting(received...)
      let some = try read(into: &rest)
      if some == 0 { throw StreamEnded(received: received, expected: count) }
      received += some
    }
    return bytes
  }

  /// Reads until the end.
  ///
  /// Parks.
  ///
  /// - Throws: ``LimitExceeded`` when there are more than `limit` bytes; what has been read is lost
  ///   then, as with any other error.
  public func readAll(limit: Int) throws -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while case let count = try read(into: &buffer), count > 0 {
      if count > limit - all.count { throw LimitExceeded("bytes of a stream", limit: limit) }
      all += buffer[..<count]
    }
    return all
  }
}
