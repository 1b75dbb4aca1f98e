/// What must have reached the disk.
@frozen
public enum SyncScope: Hashable, Sendable {
  /// The contents, and what is needed to find them: `fdatasync`.
  case contents
  /// The contents and the whole status, such as its times: `fsync`.
  case all
}

/// How a file is locked against others who lock it, too.
@frozen
public enum FileLock: Hashable, Sendable {
  /// Others may have a shared lock at the same time.
  case shared
  /// Nobody else has any lock.
  case exclusive
}

extension Fd {
  /// Waits until the disk has what was written; a directory's entries are its contents.
  ///
  /// After an error it is not known what has been written, and trying again says nothing about it.
  public borrowing func synchronize(_ scope: SyncScope) throws(CoreError) {
    let isData = scope == .contents
    try check(
      SystemCall.synchronize(rawValue, dataOnly: isData), isData ? "fdatasync" : "fsync",
      .descriptor(rawValue))
  }

  /// Cuts the file, or fills it up with zeros that take no room; positions stay.
  public borrowing func truncate(to size: Int64) throws(CoreError) {
    try check(SystemCall.truncate(rawValue, size), "ftruncate", .descriptor(rawValue))
  }

  /// Sets who may do what, exactly: the umask has no part in it.
  public borrowing func setPermissions(_ permissions: UInt32) throws(CoreError) {
    try check(SystemCall.setPermissions(rawValue, permissions), "fchmod", .descriptor(rawValue))
  }

  /// Gives the file to somebody else; nil leaves one of both as it is.
  public borrowing func setOwner(user: UInt32?, group: UInt32?) throws(CoreError) {
    try check(SystemCall.setOwner(rawValue, user, group), "fchown", .descriptor(rawValue))
  }

  /// Locks the whole file, or changes the lock held, if nobody else's lock forbids it; `flock(2)`.
  ///
  /// The lock belongs to the open file, so to every copy of this descriptor, in children too, and
  /// goes when the last of them is closed. It keeps out only those who lock as well.
  ///
  /// - Returns: whether it is held now. To change a lock gives up the earlier one first, which is
  ///   lost if the change fails.
  public borrowing func tryLock(_ lock: FileLock) throws(CoreError) -> Bool {
    let result = SystemCall.tryLock(rawValue, lock)
    if result == -ErrorCode.wouldBlock.rawValue { return false }
    try check(result, "flock", .descriptor(rawValue))
    return true
  }

  /// Gives the lock back; no effect without one.
  public borrowing func unlock() throws(CoreError) {
    try check(SystemCall.tryLock(rawValue, nil), "flock", .descriptor(rawValue))
  }

  /// Copies up to `count` bytes to another file within the kernel; `copy_file_range(2)`.
  ///
  /// Some file systems share the blocks and copy nothing. Positions stay. ``ErrorCode/crossDevice``
  /// and ``ErrorCode/notSupported`` (``ErrorCode/invalidArgument`` on some file systems) mean that
  /// the two must be read and written instead. A negative count is
  /// ``ErrorCode/invalidArgument``, too.
  ///
  /// - Returns: how many were copied; 0 at the end of this file.
  public borrowing func copyRange(
    at offset: Int64, to target: borrowing Fd, at targetOffset: Int64, count: Int
  ) throws(CoreError) -> Int {
    guard count >= 0 else {
      throw CoreError(
        operation: "copy_file_range", code: .invalidArgument, subject: .argument("count"))
    }
    let result = SystemCall.copyRange(
      from: rawValue, at: offset, to: target.rawValue, at: targetOffset, count: count)
    guard result >= 0 else { throw failure(result, "copy_file_range", .descriptor(rawValue)) }
    return result
  }
}
