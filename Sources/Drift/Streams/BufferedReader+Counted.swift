internal import GreenThreads

/// Pieces of a known size, and a look ahead.
extension BufferedReader {
  /// Lends the next `count` bytes to `body`.
  ///
  /// Parks.
  ///
  /// They count as read also when `body` throws. The buffer grows to hold them, beyond a MiB only
  /// as they come: a count that the other side has named costs no more than what it then sends, and
  /// that has no end unless the count has a limit.
  ///
  /// - Parameters:
  ///   - count: how many bytes, zero or more.
  ///   - body: gets the bytes; must not read from this reader.
  /// - Returns: What `body` returns.
  /// - Throws: ``StreamEnded`` when there are fewer, which stay unread; `InvalidArgument` for a
  ///   negative count; what the stream's read throws; `Cancelled`; `ResourceClosed`;
  ///   `ResourceBusy`; what `body` throws.
  @inlinable
  public func withBytes<Value>(_ count: Int, _ body: (RawSpan) throws -> Value) throws -> Value {
    try begin()
    defer { end() }
    let bytes = unsafe try borrowBytes(count)
    return unsafe try body(bytes.bytes)
  }

  /// Lends the next `count` bytes to `body`, or at the end as many as there are, and leaves them
  /// unread.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - count: how many bytes, zero or more; the buffer grows as in ``withBytes(_:_:)``.
  ///   - body: gets the bytes; must not read from this reader.
  /// - Returns: What `body` returns.
  /// - Throws: as ``withBytes(_:_:)``, without ``StreamEnded``.
  @inlinable
  public func withPeek<Value>(_ count: Int, _ body: (RawSpan) throws -> Value) throws -> Value {
    try begin()
    defer { end() }
    let bytes = unsafe try borrowPeek(count)
    return unsafe try body(bytes.bytes)
  }

  /// The next `count` bytes, or at the end as many as there are; they stay unread.
  ///
  /// Parks.
  ///
  /// - Throws: as ``withPeek(_:_:)``.
  public func peek(_ count: Int) throws -> [UInt8] {
    try withPeek(count) { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
  }

  /// Reads `count` bytes and drops them.
  ///
  /// Parks.
  ///
  /// - Returns: How many: fewer only at the end.
  /// - Throws: as ``withPeek(_:_:)``; those that were there are gone then.
  @discardableResult
  public func skip(_ count: Int) throws -> Int {
    if count < 0 { throw InvalidArgument("skipping \(count) bytes") }
    try begin()
    defer { end() }
    var skipped = 0
    while skipped < count {
      if unsafe unread.isEmpty, try !fill() { break }
      let some = unsafe min(unread.count, count - skipped)
      _ = unsafe take(some, keeping: 0)
      skipped += some
    }
    return skipped
  }

  // SAFETY: as with lines, what these give out is good until the next `begin()`.

  @usableFromInline
  func borrowBytes(_ count: Int) throws -> UnsafeRawBufferPointer {
    let available = try unsafe borrowPeek(count).count
    if available < count { throw StreamEnded(received: available, expected: count) }
    return unsafe take(count, keeping: count)
  }

  @usableFromInline
  func borrowPeek(_ count: Int) throws -> UnsafeRawBufferPointer {
    if count < 0 { throw InvalidArgument("reading \(count) bytes") }
    while unsafe unread.count < count, try fill(for: count) {}
    return unsafe UnsafeRawBufferPointer(rebasing: unread.prefix(count))
  }
}
