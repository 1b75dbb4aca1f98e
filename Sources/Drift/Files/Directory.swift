public import CoreShift
internal import GreenThreads

/// What is done with directories, while green threads that wait for the disk are parked.
///
/// Paths begin at the working directory, unless they are absolute. A call that only looks leaves at
/// once when it is cancelled; one that changes something sees its end.
public enum Directory {
  /// All names in a directory but `.` and `..`, ordered by their bytes; or an error, and none.
  ///
  /// Parks.
  ///
  /// Links are not followed. Kinds are nil where neither the directory nor a look at the name says.
  ///
  /// - Throws: `CoreError`, such as ENOTDIR; `Cancelled`.
  public static func entries(of path: RawString) throws -> [DirectoryEntry] {
    try readingDisk("list \(path)") { try DirectoryDescriptor(opening: path).unreadEntries() }
  }

  /// What `create` does about directories on the way.
  public enum Intermediates: Hashable, Sendable {
    /// They must be there.
    case required
    /// They are made like the last; and it is no error when that is there, too.
    case made
  }

  /// Makes a directory; its permissions are less the umask.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError`, EEXIST when there is something of that name, unless it is a directory
  ///   and intermediates are made; `Cancelled`.
  public static func create(
    _ path: RawString, _ intermediates: Intermediates = .required, permissions: UInt32 = 0o777
  ) throws {
    try changingDisk("mkdir \(path)") {
      if intermediates == .made {
        try makeAll(path.withSingleSlashes, permissions)
      } else {
        try DirectoryDescriptor.working.makeDirectory(path, permissions: permissions)
      }
    }
  }

  /// Removes an empty directory.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError`, ENOTEMPTY for another; `Cancelled`.
  public static func remove(_ path: RawString) throws {
    try changingDisk("rmdir \(path)") { try DirectoryDescriptor.working.removeDirectory(path) }
  }

  /// Waits until the disk has the names in it: that files were made, renamed and removed.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError`; `Cancelled`.
  public static func synchronize(_ path: RawString) throws {
    try changingDisk("sync \(path)") { try DirectoryDescriptor(opening: path).synchronize() }
  }

  /// Makes a directory for state that nobody else may touch, or checks the one that is there.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - path: its last part must be no link; those above it must be there.
  ///   - permissions: exactly these, whatever the umask; of one that is there, no bit more.
  /// - Throws: ``UnsafeDirectory`` when it is a link, is somebody else's, or lets others do more;
  ///   `CoreError`; `Cancelled`.
  public static func createState(_ path: RawString, permissions: UInt32 = 0o700) throws {
    try changingDisk("state \(path)") { try makeState(path, permissions) }
  }

  private static func makeAll(_ path: RawString, _ permissions: UInt32) throws(CoreError) {
    do {
      try makeUnlessDirectory(path, permissions)
    } catch {
      let parent = path.parent
      guard error.code == .notFound, parent != path else { throw error }
      try makeAll(parent, permissions)
      // Once: some places have a parent and say even so that something is missing.
      try makeUnlessDirectory(path, permissions)
    }
  }

  private static func makeUnlessDirectory(
    _ path: RawString, _ permissions: UInt32
  ) throws(CoreError) {
    do {
      try DirectoryDescriptor.working.makeDirectory(path, permissions: permissions)
    } catch {
      guard error.code == .alreadyExists,
        try DirectoryDescriptor.working.status(of: path).kind == .directory
      else { throw error }
    }
  }

  private static func makeState(_ path: RawString, _ permissions: UInt32) throws {
    let isNew = try makeUnlessThere(path, permissions & 0o700)
    guard let directory = try openItself(path) else {
      throw UnsafeDirectory(path: path.description, reason: .notDirectory)
    }
    let status = try directory.status()
    let user = effectiveUserIdentifier
    guard status.user == user else {
      throw UnsafeDirectory(path: path.description, reason: .owner(status.user, expected: user))
    }
    if isNew { return try directory.setPermissions(permissions) }
    guard status.permissions & ~permissions & 0o777 == 0 else {
      let reason = UnsafeDirectory.Reason.permissions(status.permissions, allowed: permissions)
      throw UnsafeDirectory(path: path.description, reason: reason)
    }
  }

  /// Whether it was made now.
  private static func makeUnlessThere(
    _ path: RawString, _ permissions: UInt32
  ) throws(CoreError) -> Bool {
    do {
      try DirectoryDescriptor.working.makeDirectory(path, permissions: permissions)
      return true
    } catch {
      guard error.code == .alreadyExists else { throw error }
      return false
    }
  }

  /// Nil for a link, or what else is no directory.
  private static func openItself(_ path: RawString) throws(CoreError) -> Fd? {
    do {
      return try Fd(opening: path.withoutLastSlashes, for: .reading, [.directory, .noFollow])
    } catch {
      guard error.code == .notDirectory || error.code == .symbolicLinkLoop else { throw error }
      return nil
    }
  }
}

/// A directory in which state is to be kept is not this user's alone.
public struct UnsafeDirectory: Error, Equatable, CustomStringConvertible {
  /// Which.
  public let path: String
  /// What is wrong with it.
  public let reason: Reason

  /// What can be wrong.
  public enum Reason: Equatable, Sendable {
    /// It is a link, or a file.
    case notDirectory
    /// It belongs to another user.
    case owner(UInt32, expected: UInt32)
    /// Its permissions have bits that are not allowed.
    case permissions(UInt32, allowed: UInt32)
  }

  /// Says which, and what is wrong with it.
  public init(path: String, reason: Reason) {
    self.path = path
    self.reason = reason
  }

  /// One line for a person.
  public var description: String {
    switch reason {
    case .notDirectory: "\(path) is no directory, or a link to one"
    case .owner(let user, let expected): "\(path) belongs to user \(user), not \(expected)"
    case .permissions(let bits, let allowed):
      "\(path) has permissions \(String(bits, radix: 8)), not at most \(String(allowed, radix: 8))"
    }
  }
}
