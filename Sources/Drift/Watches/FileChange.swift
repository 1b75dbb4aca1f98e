public import CoreShift

/// What a ``FileWatch`` tells.
public enum FileChange: Hashable, Sendable {
  /// Something has happened to a file.
  ///
  /// With `FileChanges.movedFrom`, it has left what is watched; with `FileChanges.movedTo`, it has
  /// come in.
  case event(FileEvent)
  /// A file was renamed within what is watched: its old place and its new one.
  case renamed(from: FileEvent, to: FileEvent)
  /// What was added at this path is gone, by deletion or because its file system was unmounted:
  /// nothing follows for it.
  case gone(RawString)
  /// The directory at this path, further down in what is watched, could not be watched: nothing is
  /// told of what is in it.
  case unwatched(RawString, CoreError)
  /// Events were lost, because nobody took them in time: look at everything again.
  case rescan
}

/// One thing that has happened to a file.
public struct FileEvent: Hashable, Sendable {
  /// Where: the path that was added, and what leads from there to the file.
  public let path: RawString
  /// What.
  public let changes: FileChanges
  /// Whether the file is a directory.
  public let isDirectory: Bool

  init(_ event: PlacedEvent) {
    path = event.path
    changes = event.changes
    isDirectory = event.isDirectory
  }
}

/// An event whose path has been found, while it may still be half of a rename.
struct PlacedEvent: RenameHalf {
  let path: RawString
  let changes: FileChanges
  let isDirectory: Bool
  let cookie: UInt32
  /// Which watch it is of; nil where it is told whatever is watched.
  let watch: Watch?
  /// Told by the kernel as an overflow, or made of something else than an event.
  private let meaning: Meaning

  private enum Meaning {
    case event, overflow
    case gone
    case unwatched(CoreError)
  }

  var isOverflow: Bool {
    if case .overflow = meaning { return true }
    return false
  }

  init(
    _ path: RawString, _ changes: FileChanges, isDirectory: Bool, cookie: UInt32 = 0,
    of watch: Watch
  ) {
    self.init(path, changes, isDirectory, cookie, watch, .event)
  }

  private init(
    _ path: RawString, _ changes: FileChanges, _ isDirectory: Bool, _ cookie: UInt32,
    _ watch: Watch?, _ meaning: Meaning
  ) {
    self.path = path
    self.watch = watch
    self.changes = changes
    self.isDirectory = isDirectory
    self.cookie = cookie
    self.meaning = meaning
  }

  static var overflow: PlacedEvent { PlacedEvent("", [], false, 0, nil, .overflow) }
  static func gone(_ path: RawString) -> PlacedEvent {
    PlacedEvent(path, [], false, 0, nil, .gone)
  }
  static func unwatched(
    _ path: RawString, _ error: CoreError, in watch: Watch
  ) -> PlacedEvent {
    PlacedEvent(path, [], true, 0, watch, .unwatched(error))
  }

  /// What is told of it, when it is no half of a rename.
  var change: FileChange {
    switch meaning {
    case .event: .event(FileEvent(self))
    case .overflow: .rescan
    case .gone: .gone(path)
    case .unwatched(let error): .unwatched(path, error)
    }
  }
}

extension FileChange {
  init(_ notice: RenamePairing<PlacedEvent>.Notice) {
    switch notice {
    case .event(let event): self = event.change
    case .renamed(let old, let new): self = .renamed(from: FileEvent(old), to: FileEvent(new))
    case .rescan: self = .rescan
    }
  }
}

extension RawString {
  /// Whether it is `root`, or leads further from there.
  func isWithin(_ root: RawString) -> Bool {
    self == root || bytes.starts(with: root.appending("").bytes)
  }
}
