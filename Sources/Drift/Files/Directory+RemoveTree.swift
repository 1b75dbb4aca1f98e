public import CoreShift
internal import GreenThreads

extension Directory {
  /// Removes a directory and everything in it.
  ///
  /// Parks.
  ///
  /// Never follows a link: a link goes itself, and what it leads to stays, whoever changes the tree
  /// meanwhile. Each directory is opened from the one above it, which costs a descriptor for each
  /// level. Names that have gone meanwhile are fine.
  ///
  /// - Parameter path: a directory, and no link to one.
  /// - Throws: `CoreError` of the first that could not be removed, ENOTDIR when `path` is no
  ///   directory, EINVAL for the root, `.` or `..`; `Cancelled`. A part of the tree may be gone
  ///   then.
  public static func removeTree(_ path: RawString) throws {
    let path = path.withoutLastSlashes
    // What could not be removed in the end, such as ".", is not emptied first.
    _ = try path.splitLast()
    var levels: [Removal] = []
    levels.append(
      try changingDisk("remove \(path)") {
        try Removal(of: path, in: DirectoryDescriptor.working)
      })
    while let level = levels.last {
      // One directory at a time, so that others have their turns, and a cancellation is seen.
      if let deeper = try changingDisk("remove \(path)", { try level.removeUntilDirectory() }) {
        levels.append(deeper)
        continue
      }
      levels.removeLast()
      let parent = levels.last
      try changingDisk("remove \(path)") { try level.removeItself(from: parent) }
    }
  }
}

/// One directory on the way down through a tree that is being removed; all of it blocks.
///
// SAFETY: one worker at a time uses it, and its caller waits meanwhile.
@safe
private final class Removal: @unchecked Sendable {
  private let directory: DirectoryDescriptor
  private let path: RawString
  private var entries: [DirectoryEntry]

  init(of path: RawString, in parent: borrowing DirectoryDescriptor) throws(CoreError) {
    directory = try parent.openDirectory(path, links: .notFollowed)
    self.path = path
    entries = try directory.unreadEntries().reversed()
  }

  /// Removes what is no directory, up to the next that is one.
  ///
  /// - Returns: that directory; nil when this one is empty.
  func removeUntilDirectory() throws(CoreError) -> Removal? {
    while let entry = entries.popLast() {
      if entry.kind == .directory || entry.kind == nil {
        do {
          return try Removal(of: entry.name, in: directory)
        } catch {
          // Gone, or no directory (any more).
          guard
            error.code == .notDirectory || error.code == .notFound
              || error.code == .symbolicLinkLoop
          else { throw error }
        }
      }
      do {
        try directory.removeFile(entry.name)
      } catch {
        if error.code != .notFound { throw error }
      }
    }
    return nil
  }

  func removeItself(from parent: Removal?) throws(CoreError) {
    guard let parent else { return try DirectoryDescriptor.working.removeDirectory(path) }
    do {
      try parent.directory.removeDirectory(path)
    } catch {
      if error.code != .notFound { throw error }
    }
  }
}
