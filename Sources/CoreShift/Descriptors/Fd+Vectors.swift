extension Fd {
  /// Reads what is there into the buffers, one behind the other, by one `readv(2)`.
  ///
  /// At most 1,024 buffers that are not empty are used. Without room in any of them the outcome
  /// is `.bytes(0)`, without a system call.
  public borrowing func read(
    scatteringInto buffers: [UnsafeMutableRawBufferPointer]
  ) throws(CoreError) -> ReadOutcome {
    guard let result = unsafe SystemCall.read(rawValue, scattering: buffers) else {
      return .bytes(0)
    }
    return try ReadOutcome(result: result, "readv", rawValue)
  }

  /// Writes the buffers, one behind the other, as far as there is room, by one system call.
  ///
  /// `pwritev2(RWF_NOSIGNAL)`, or `writev(2)` as ``write(_:)-(RawSpan)`` has it. Of more than 1,024
  /// buffers the rest is left for another call, as in any partial write.
  public borrowing func write(
    gathering buffers: [UnsafeRawBufferPointer]
  ) throws(CoreError) -> WriteOutcome {
    guard let result = unsafe SystemCall.write(rawValue, gathering: buffers) else {
      return .bytes(0)
    }
    return try WriteOutcome(result: result, "writev", rawValue)
  }

  /// Writes two pieces of a message by one system call, such as a header and its body.
  public borrowing func write(
    _ first: RawSpan, then second: RawSpan
  ) throws(CoreError) -> WriteOutcome {
    try unsafe first.withUnsafeBytes { first throws(CoreError) in
      try unsafe second.withUnsafeBytes { second throws(CoreError) in
        // SAFETY: both are lent for the length of this call.
        try unsafe write(gathering: [first, second])
      }
    }
  }
}
