/// Where ``Fd/seek(to:from:)`` counts from.
@frozen
public enum SeekOrigin: Hashable, Sendable {
  /// The file's first byte.
  case start
  /// Where the next read or write would be.
  case current
  /// The byte behind the file's last one.
  case end
}

extension Fd {
  /// Reads at `offset` and leaves the file's own position; `pread(2)`, repeated when interrupted.
  ///
  /// For regular files, which may wait for the disk. A pipe or a socket is
  /// ``ErrorCode/illegalSeek``.
  public borrowing func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int64
  ) throws(CoreError) -> ReadOutcome {
    guard buffer.count > 0 else { return .bytes(0) }
    return try unsafe ReadOutcome(
      result: SystemCall.read(rawValue, buffer, at: offset), "pread", rawValue)
  }

  /// Writes at `offset` and leaves the file's own position; `pwrite(2)`, repeated when interrupted.
  ///
  /// A file opened for appending is appended to, whatever the offset.
  public borrowing func write(
    _ buffer: UnsafeRawBufferPointer, at offset: Int64
  ) throws(CoreError) -> WriteOutcome {
    guard buffer.count > 0 else { return .bytes(0) }
    return try unsafe WriteOutcome(
      result: SystemCall.write(rawValue, buffer, at: offset), "pwrite", rawValue)
  }

  /// Moves the file's position, which every copy of the descriptor shares, and returns it.
  ///
  /// A pipe or a socket is ``ErrorCode/illegalSeek``.
  @discardableResult
  public borrowing func seek(
    to offset: Int64, from origin: SeekOrigin = .start
  ) throws(CoreError) -> Int64 {
    let position = SystemCall.seek(rawValue, offset, from: origin)
    guard position >= 0 else { throw failure(Int(position), "lseek", .descriptor(rawValue)) }
    return position
  }
}
