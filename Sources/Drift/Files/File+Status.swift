public import CoreShift
internal import GreenThreads

extension File {
  /// What the kernel says about it: size, times, owner, identity.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `fstat`; `Cancelled`; `ResourceClosed`.
  public func status() throws -> FileStatus {
    let file = try current()
    return try readingDisk("stat") {
      try file.lend { descriptor throws(CoreError) in try descriptor.status() }
    }
  }

  /// Waits until the disk has what was written.
  ///
  /// Parks, and sees its end when cancelled. A new file's name is in its directory, which has to be
  /// synchronized too; see ``Directory/synchronize(_:)``.
  ///
  /// - Throws: `CoreError` of `fsync`, after which it is not known what has been written;
  ///   `Cancelled`; `ResourceClosed`.
  public func synchronize(_ scope: SyncScope = .all) throws {
    let file = try current()
    try changingDisk("sync") {
      try file.lend { descriptor throws(CoreError) in try descriptor.synchronize(scope) }
    }
  }

  /// Says how a part of the file is going to be used, so that the kernel reads ahead, or keeps less
  /// in memory; 0 bytes mean up to the end.
  ///
  /// Parks, since some advice waits for the disk's queue.
  ///
  /// - Throws: `CoreError` of `posix_fadvise`, EINVAL for a negative number; `Cancelled`;
  ///   `ResourceClosed`.
  public func advise(
    _ advice: FileAdvice, from offset: Int64 = 0, count: Int64 = 0
  ) throws {
    let file = try current()
    try readingDisk("advise") {
      try file.lend { descriptor throws(CoreError) in
        try descriptor.advise(advice, from: offset, count: count)
      }
    }
  }

  /// Cuts the file, or fills it up with zeros that take no room; the position stays.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `ftruncate`, EINVAL for a file not open for writing or a negative
  ///   size; `Cancelled`; `ResourceClosed`.
  public func truncate(to size: Int64) throws {
    let file = try current()
    try changingDisk("truncate") {
      try file.lend { descriptor throws(CoreError) in try descriptor.truncate(to: size) }
    }
  }

  /// Sets who may do what, whatever the umask.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `fchmod`; `Cancelled`; `ResourceClosed`.
  public func setPermissions(_ permissions: UInt32) throws {
    let file = try current()
    try changingDisk("chmod") {
      try file.lend { descriptor throws(CoreError) in
        try descriptor.setPermissions(permissions)
      }
    }
  }

  /// Gives it to another user or group; nil leaves one of them as it is.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `fchown`, EPERM without the privilege; `Cancelled`;
  ///   `ResourceClosed`.
  public func setOwner(user: UInt32?, group: UInt32?) throws {
    let file = try current()
    try changingDisk("chown") {
      try file.lend { descriptor throws(CoreError) in
        try descriptor.setOwner(user: user, group: group)
      }
    }
  }

  /// What a path leads to.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `fstatat`, such as ENOENT; `Cancelled`.
  public static func status(
    of path: RawString, links: LinkPolicy = .followed
  ) throws -> FileStatus {
    try readingDisk("stat \(path)") {
      try DirectoryDescriptor.working.status(of: path, links: links)
    }
  }

  /// Whether there is anything of that name; where links are followed, what they lead to counts.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `fstatat` where that cannot be said, such as EACCES; `Cancelled`.
  public static func exists(_ path: RawString, links: LinkPolicy = .followed) throws -> Bool {
    do {
      _ = try status(of: path, links: links)
      return true
    } catch let error as CoreError
      where error.code == .notFound || error.code == .notDirectory
    {
      return false
    }
  }
}
