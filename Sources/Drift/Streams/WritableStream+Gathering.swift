internal import GreenThreads

/// Several pieces at once: by one system call where the stream has one, otherwise one by one.
extension WritableStream {
  /// Takes of the first piece, or, if that is empty, of the second.
  ///
  /// Parks.
  public func writeSome(_ first: RawSpan, then second: RawSpan) throws -> Int {
    try writeSome(first.byteCount > 0 ? first : second)
  }

  /// Takes of the first piece that is not written yet.
  ///
  /// Parks.
  public func writeSome(gathering pieces: [[UInt8]], behind taken: Int) throws -> Int {
    var passed = taken
    for piece in pieces {
      if passed < piece.count {
        // SAFETY: `bytes` of a span is unsafe for types with padding, which UInt8 has not.
        return try unsafe writeSome(piece.span.bytes.extracting(droppingFirst: passed))
      }
      passed -= piece.count
    }
    return 0
  }

  /// Writes all of the pieces, one behind the other, waiting whenever there is no room.
  ///
  /// Parks.
  ///
  /// - Throws: what ``writeSome(_:)`` throws. How much was taken is then known only to
  ///   ``write(gathering:counting:)``.
  public func write(gathering pieces: [[UInt8]]) throws {
    var taken = 0
    try write(gathering: pieces, counting: &taken)
  }

  /// Writes what lies behind the first `taken` bytes of the pieces, and counts them as they are
  /// taken; see ``write(_:counting:)-(RawSpan,_)``.
  ///
  /// Parks.
  public func write(gathering pieces: [[UInt8]], counting taken: inout Int) throws {
    let count = pieces.reduce(0) { $0 + $1.count }
    guard 0...count ~= taken else {
      throw InvalidArgument("\(taken) of \(count) bytes as written")
    }
    while taken < count {
      let some = try writeSome(gathering: pieces, behind: taken)
      requireTaken(some, of: count - taken)
      taken += some
    }
  }
}

/// Lends the pieces' memory, without what is behind `taken`, as far as one call should take it.
func withPieces<Value>(
  _ pieces: [[UInt8]], behind taken: Int, _ body: ([UnsafeRawBufferPointer]) throws -> Value
) rethrows -> Value {
  var index = 0
  var passed = taken
  while index < pieces.count, passed >= pieces[index].count {
    passed -= pieces[index].count
    index += 1
  }
  var lent: [UnsafeRawBufferPointer] = unsafe []
  return unsafe try lend(pieces[index...].prefix(piecesPerCall), behind: passed, &lent, body)
}

/// Each piece is one frame deeper, so this many at most.
private let piecesPerCall = 32

private func lend<Value>(
  _ pieces: ArraySlice<[UInt8]>, behind passed: Int, _ lent: inout [UnsafeRawBufferPointer],
  _ body: ([UnsafeRawBufferPointer]) throws -> Value
) rethrows -> Value {
  guard let piece = pieces.first else { return unsafe try body(lent) }
  return unsafe try piece.withUnsafeBytes { bytes in
    // SAFETY: lent as long as `body` runs, which is inside of this closure.
    unsafe lent.append(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(passed)))
    return unsafe try lend(pieces.dropFirst(), behind: 0, &lent, body)
  }
}
