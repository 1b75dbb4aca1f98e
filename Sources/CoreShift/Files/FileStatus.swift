/// What the kernel says about a file, as `stat(2)` has it.
public struct FileStatus: Hashable, Sendable {
  /// What it is.
  public let kind: FileKind
  /// Who may do what: the lower twelve bits of the mode.
  public let permissions: UInt32
  /// Bytes in it; of a link, the length of its text.
  public let size: Int64
  /// Who owns it.
  public let user: UInt32
  /// Its group.
  public let group: UInt32
  /// Which file it is, whatever its names are.
  public let identity: Identity
  /// How many names it has.
  public let linkCount: UInt64
  /// When it was last read, as far as the file system notes that.
  public let accessed: FileTime
  /// When its contents last changed.
  public let modified: FileTime
  /// When its contents or its status last changed, which nobody can set.
  public let changed: FileTime

  /// Which file it is: two names with the same identity are one file.
  public struct Identity: Hashable, Sendable {
    /// The file system.
    public let device: UInt64
    /// The file's number there, which may be used again once the file is gone.
    public let inode: UInt64
  }

  /// Whether its contents may have changed since `earlier`, or it is another file.
  ///
  /// As exact as the file system's clock, which ticks a few hundred times a second.
  public func differs(from earlier: FileStatus) -> Bool {
    identity != earlier.identity || changed != earlier.changed || modified != earlier.modified
      || size != earlier.size
  }
}

/// A point in time as file systems note it, since 1970.
public struct FileTime: Hashable, Comparable, Sendable {
  /// Whole seconds, negative before 1970.
  public let seconds: Int64
  /// The rest, less than a second.
  public let nanoseconds: UInt32

  /// The earlier one is less.
  public static func < (left: FileTime, right: FileTime) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}

/// What a path means whose last part is a symbolic link.
@frozen
public enum LinkPolicy: Hashable, Sendable {
  /// What the link leads to.
  case followed
  /// The link itself.
  case notFollowed
}

extension Fd {
  /// What this descriptor is open on; `fstat(2)`.
  public borrowing func status() throws(CoreError) -> FileStatus {
    let (result, status) = SystemCall.status(of: rawValue)
    try check(result, "fstat", .descriptor(rawValue))
    return status
  }
}
