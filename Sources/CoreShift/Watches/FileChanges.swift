/// What can happen to a watched file, or to those in a watched directory: bits of `inotify(7)`.
@frozen
public struct FileChanges: OptionSet, Hashable, Sendable {
  /// The kernel's bits.
  public let rawValue: UInt32

  /// Wraps the kernel's bits.
  @inlinable
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Read, or executed (`IN_ACCESS`).
  public static var accessed: FileChanges { FileChanges(rawValue: 0x1) }
  /// Written or truncated (`IN_MODIFY`).
  public static var modified: FileChanges { FileChanges(rawValue: 0x2) }
  /// Its mode, owner, times or number of links has changed (`IN_ATTRIB`).
  public static var attributes: FileChanges { FileChanges(rawValue: 0x4) }
  /// Closed by somebody who could write (`IN_CLOSE_WRITE`).
  public static var closedAfterWriting: FileChanges { FileChanges(rawValue: 0x8) }
  /// Closed by somebody who could only read (`IN_CLOSE_NOWRITE`).
  public static var closedAfterReading: FileChanges { FileChanges(rawValue: 0x10) }
  /// Opened (`IN_OPEN`).
  public static var opened: FileChanges { FileChanges(rawValue: 0x20) }
  /// Renamed: this is the old name (`IN_MOVED_FROM`).
  public static var movedFrom: FileChanges { FileChanges(rawValue: 0x40) }
  /// Renamed: this is the new name (`IN_MOVED_TO`).
  public static var movedTo: FileChanges { FileChanges(rawValue: 0x80) }
  /// Made in the watched directory (`IN_CREATE`).
  public static var created: FileChanges { FileChanges(rawValue: 0x100) }
  /// Deleted from the watched directory (`IN_DELETE`).
  public static var deleted: FileChanges { FileChanges(rawValue: 0x200) }
  /// The watched file itself is deleted (`IN_DELETE_SELF`).
  public static var selfDeleted: FileChanges { FileChanges(rawValue: 0x400) }
  /// The watched file itself is renamed (`IN_MOVE_SELF`).
  public static var selfMoved: FileChanges { FileChanges(rawValue: 0x800) }

  /// All of them (`IN_ALL_EVENTS`).
  public static var all: FileChanges { FileChanges(rawValue: 0xfff) }
  /// What changes names and contents, and not what only looks.
  public static var contents: FileChanges {
    [
      .modified, .attributes, .closedAfterWriting, .movedFrom, .movedTo, .created, .deleted,
      .selfDeleted, .selfMoved,
    ]
  }
}

/// How a path is watched.
@frozen
public struct WatchOptions: OptionSet, Hashable, Sendable {
  /// The kernel's bits.
  public let rawValue: UInt32

  /// Wraps the kernel's bits.
  @inlinable
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Only a directory; else ``ErrorCode/notDirectory`` (`IN_ONLYDIR`).
  public static var onlyDirectory: WatchOptions { WatchOptions(rawValue: 1 << 24) }
  /// The link itself, where the path ends at one (`IN_DONT_FOLLOW`).
  public static var notFollowingLinks: WatchOptions { WatchOptions(rawValue: 1 << 25) }
  /// Nothing about files that have been deleted from the directory (`IN_EXCL_UNLINK`).
  public static var withoutDeletedFiles: WatchOptions { WatchOptions(rawValue: 1 << 26) }
  /// ``ErrorCode/alreadyExists`` where the file is watched already (`IN_MASK_CREATE`).
  public static var onlyNew: WatchOptions { WatchOptions(rawValue: 1 << 28) }
  /// Adds to what is watched for already, instead of replacing it (`IN_MASK_ADD`).
  public static var adding: WatchOptions { WatchOptions(rawValue: 1 << 29) }
  /// One event, and then the watch is removed (`IN_ONESHOT`).
  public static var once: WatchOptions { WatchOptions(rawValue: 1 << 31) }
}
