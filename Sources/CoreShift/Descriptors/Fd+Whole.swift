/// What reading until the buffer is full came to.
@frozen
public enum FullReadOutcome: Hashable, Sendable {
  /// The buffer is full.
  case full
  /// No more now; call again with the same count when the descriptor is readable.
  case wouldBlock
  /// No more ever; the count tells how much there was.
  case end
}

/// What writing until everything is written came to.
@frozen
public enum FullWriteOutcome: Hashable, Sendable {
  /// Everything is written.
  case all
  /// No room now; call again with the same count when the descriptor is writable.
  case wouldBlock
}

/// Transfers that go on after a partial one.
///
/// Each counts what it has moved in a variable of its caller, from the start of the buffer, where
/// the next call goes on. The count is right also when the call throws: so much was moved.
extension Fd {
  /// Reads until the buffer is full, would block, or the end.
  ///
  /// `moved` is how many bytes are in `buffer` already; beyond its size, or negative, is
  /// ``ErrorCode/invalidArgument``.
  public borrowing func readFull(
    into buffer: UnsafeMutableRawBufferPointer, moved: inout Int
  ) throws(CoreError) -> FullReadOutcome {
    try checkMoved(moved, of: buffer.count, "read")
    while moved < buffer.count {
      // SAFETY: the rest of the caller's buffer.
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[moved...])
      switch unsafe try read(into: rest) {
      case .bytes(let count): moved += count
      case .wouldBlock: return .wouldBlock
      case .end: return .end
      }
    }
    return .full
  }

  /// Writes until everything is written, or would block; a reader that has gone is `EPIPE`.
  ///
  /// `moved` is how many bytes of `buffer` have been written already; beyond its size, or
  /// negative, is ``ErrorCode/invalidArgument``.
  public borrowing func writeAll(
    _ buffer: UnsafeRawBufferPointer, moved: inout Int
  ) throws(CoreError) -> FullWriteOutcome {
    try checkMoved(moved, of: buffer.count, "write")
    while moved < buffer.count {
      // SAFETY: the rest of the caller's buffer.
      let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[moved...])
      switch unsafe try write(rest) {
      case .bytes(let count): moved += count
      case .wouldBlock: return .wouldBlock
      }
    }
    return .all
  }

  /// Reads until the array is full, from `moved` on, would block, or the end.
  public borrowing func readFull(
    into buffer: inout [UInt8], moved: inout Int
  ) throws(CoreError) -> FullReadOutcome {
    var span = buffer.mutableSpan
    return try unsafe span.withUnsafeMutableBytes { bytes throws(CoreError) in
      try unsafe readFull(into: bytes, moved: &moved)
    }
  }

  /// Writes the bytes from `moved` on until everything is written, or would block.
  public borrowing func writeAll(
    _ bytes: RawSpan, moved: inout Int
  ) throws(CoreError) -> FullWriteOutcome {
    try unsafe bytes.withUnsafeBytes { buffer throws(CoreError) in
      try unsafe writeAll(buffer, moved: &moved)
    }
  }

  /// Writes the bytes from `moved` on until everything is written, or would block.
  public borrowing func writeAll(
    _ bytes: [UInt8], moved: inout Int
  ) throws(CoreError) -> FullWriteOutcome {
    // SAFETY: `bytes` of a span is unsafe for types with padding, which UInt8 has not.
    try unsafe writeAll(bytes.span.bytes, moved: &moved)
  }

  private borrowing func checkMoved(
    _ moved: Int, of count: Int, _ operation: StaticString
  ) throws(CoreError) {
    guard 0...count ~= moved else {
      throw CoreError(
        operation: operation.description, code: .invalidArgument, subject: .argument("moved"))
    }
  }
}
