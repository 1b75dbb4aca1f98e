extension Fd {
  /// Reads what is there, up to the buffer's size; `read(2)`, repeated when interrupted.
  ///
  /// An empty buffer gives `.bytes(0)` without a system call: only a real end is
  /// ``ReadOutcome/end``.
  @inline(__always)
  public borrowing func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(CoreError) -> ReadOutcome {
    guard buffer.count > 0 else { return .bytes(0) }
    return unsafe try ReadOutcome(result: SystemCall.read(rawValue, buffer), "read", rawValue)
  }

  /// Writes what there is room for; where nobody is left to read this is `EPIPE`, never `SIGPIPE`.
  ///
  /// One `pwritev2(RWF_NOSIGNAL)` since Linux 6.18. Before, the thread blocks the signal
  /// meanwhile, which costs three more system calls; sockets should use `Socket.send(_:to:)`.
  @inline(__always)
  public borrowing func write(
    _ buffer: UnsafeRawBufferPointer
  ) throws(CoreError) -> WriteOutcome {
    guard buffer.count > 0 else { return .bytes(0) }
    return unsafe try WriteOutcome(result: SystemCall.write(rawValue, buffer), "write", rawValue)
  }

  /// What ``write(_:)`` does on a kernel without `RWF_NOSIGNAL`; for the tests of that path.
  package borrowing func writeMaskingSignal(
    _ buffer: UnsafeRawBufferPointer
  ) throws(CoreError) -> WriteOutcome {
    unsafe try WriteOutcome(
      result: SystemCall.writeMaskingSignal(rawValue, buffer), "write", rawValue)
  }

  /// Reads what is there into `buffer` from its start; the bytes behind stay as they were.
  public borrowing func read(into buffer: inout [UInt8]) throws(CoreError) -> ReadOutcome {
    var span = buffer.mutableSpan
    return try unsafe span.withUnsafeMutableBytes { bytes throws(CoreError) in
      try unsafe read(into: bytes)
    }
  }

  /// Writes what there is room for, from the start of `bytes`.
  public borrowing func write(_ bytes: RawSpan) throws(CoreError) -> WriteOutcome {
    try unsafe bytes.withUnsafeBytes { buffer throws(CoreError) in try unsafe write(buffer) }
  }

  /// Writes what there is room for, from the start of `bytes`.
  public borrowing func write(_ bytes: [UInt8]) throws(CoreError) -> WriteOutcome {
    // SAFETY: `bytes` of a span is unsafe for types with padding, which UInt8 has not.
    try unsafe write(bytes.span.bytes)
  }
}
