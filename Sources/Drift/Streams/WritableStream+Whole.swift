public import GreenThreads

extension WritableStream {
  /// Writes all of `bytes` that lie behind the first `taken`, and counts them as they are taken.
  ///
  /// Parks.
  ///
  /// `taken` is right also when this throws: so many of `bytes` will be delivered. A later call
  /// with the same count goes on from there.
  ///
  /// - Throws: what ``writeSome(_:)`` throws, as it is; `InvalidArgument` when `taken` is negative
  ///   or beyond the bytes.
  @inlinable
  @inline(__always)
  public func write(_ bytes: RawSpan, counting taken: inout Int) throws {
    guard 0...bytes.byteCount ~= taken else {
      throw InvalidArgument("\(taken) of \(bytes.byteCount) bytes as written")
    }
    while taken < bytes.byteCount {
      let some = try writeSome(bytes.extracting(droppingFirst: taken))
      requireTaken(some, of: bytes.byteCount - taken)
      taken += some
    }
  }

  /// Writes all of `bytes` that lie behind the first `taken`; see
  /// ``write(_:counting:)-(RawSpan,_)``.
  ///
  /// Parks.
  public func write(_ bytes: [UInt8], counting taken: inout Int) throws {
    // SAFETY: here and below, `bytes` of a span is unsafe for types with padding; UInt8 has none.
    try unsafe write(bytes.span.bytes, counting: &taken)
  }

  /// Writes all of `bytes`, waiting whenever there is no room.
  ///
  /// Parks.
  ///
  /// - Throws: what ``writeSome(_:)`` throws. How much was taken is then known only to
  ///   ``write(_:counting:)-(RawSpan,_)``.
  @inlinable
  @inline(__always)
  public func write(_ bytes: RawSpan) throws {
    var taken = 0
    try write(bytes, counting: &taken)
  }

  /// Writes all of `bytes`; see ``write(_:)-(RawSpan)``.
  ///
  /// Parks.
  public func write(_ bytes: [UInt8]) throws {
    try unsafe write(bytes.span.bytes)
  }

  /// Writes all of `bytes`; see ``write(_:)-(RawSpan)``.
  ///
  /// Parks.
  public func write(_ bytes: ArraySlice<UInt8>) throws {
    try unsafe write(bytes.span.bytes)
  }

  /// Writes `text` as UTF-8; see ``write(_:)-(RawSpan)``.
  ///
  /// Parks.
  public func write(_ text: String) throws {
    try unsafe write(text.utf8Span.span.bytes)
  }
}
