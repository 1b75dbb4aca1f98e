extension Fd {
  /// Reads at `offset` what the kernel has in memory; would-block where the disk must be asked.
  ///
  /// `preadv2(RWF_NOWAIT)`: also less than there is, up to where memory ends. For regular files;
  /// ``ErrorCode/notSupported`` where the file system cannot tell, and then the only way is
  /// ``read(into:at:)``.
  public borrowing func readCached(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int64
  ) throws(CoreError) -> ReadOutcome {
    guard buffer.count > 0 else { return .bytes(0) }
    return try unsafe ReadOutcome(
      result: SystemCall.readCached(rawValue, buffer, at: offset), "preadv2", rawValue)
  }

  /// Writes at `offset` into the kernel's memory; would-block where that must wait for the disk.
  ///
  /// `pwritev2(RWF_NOWAIT)`, also less than was given. Few file systems can tell (XFS and Btrfs
  /// can, ext4 cannot): ``ErrorCode/notSupported`` elsewhere.
  public borrowing func writeCached(
    _ buffer: UnsafeRawBufferPointer, at offset: Int64
  ) throws(CoreError) -> WriteOutcome {
    guard buffer.count > 0 else { return .bytes(0) }
    return try unsafe WriteOutcome(
      result: SystemCall.writeCached(rawValue, buffer, at: offset), "pwritev2", rawValue)
  }
}
