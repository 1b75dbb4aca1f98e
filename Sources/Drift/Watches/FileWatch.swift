public import CoreShift
internal import GreenThreads

/// Changes in the file system as something to wait for: `while let change = try watch.next()`.
///
/// Events are taken from the kernel only when somebody asks for the next one: who is slow lets them
/// queue there, and when the queue is full (16,384 events by default) they are lost, which
/// ``FileChange/rescan`` tells. A watch is of a file, not of a path: what takes the place of a file
/// that was added is not watched.
///
/// With ``Depth/all`` the directories further down are watched as well, also those that come later.
/// What is in a new directory is told once, however quickly it came; what is in one that was
/// renamed within the tree keeps being told under its new path. Links are not followed there.
public final class FileWatch {
  /// How far down a directory is watched.
  public enum Depth: Sendable {
    /// The files in it, and not those further down.
    case one
    /// All that is in it.
    case all
  }

  private let files: InotifyFiles
  private let descriptor: Descriptor
  private var tree: WatchTree
  private var pending = ArraySlice<WatchTree.Notice>()
  private var events: [WatchEvent] = []
  private var taker: String?
  /// Whether ``close()`` has been called.
  public private(set) var isClosed = false

  /// How many events are taken from the kernel at once.
  private static let batchSize = 512
  /// How long an old name may wait for its new one: the kernel tells both within microseconds.
  private static let renamePatience = Duration.milliseconds(10)

  /// Watches nothing yet; see ``add(_:)``.
  ///
  /// - Parameters:
  ///   - changes: what is told.
  ///   - depth: how far down.
  /// - Throws: `CoreError` of `inotify_init1`: EMFILE also when this user has too many of them.
  public init(for changes: FileChanges = .contents, _ depth: Depth = .one) throws {
    files = InotifyFiles(try Watches())
    descriptor = try Descriptor(watching: files.number)
    tree = WatchTree(files, for: changes, depth)
  }

  /// Watches a file, or a directory and what is in it; see ``add(_:)``.
  public convenience init(
    _ path: RawString, for changes: FileChanges = .contents, _ depth: Depth = .one
  ) throws {
    try self.init(for: changes, depth)
    try add(path)
  }

  deinit {
    descriptor.close { [files] in files.close() }
  }

  /// Watches one more file, or directory; what is in it already is not told.
  ///
  /// Directories further down are looked for at once, which waits for the disk between turns of
  /// others. One that cannot be watched is told as ``FileChange/unwatched(_:_:)``.
  ///
  /// - Throws: `CoreError` of `inotify_add_watch`: ENOENT, EACCES, ENOSPC when this user has no
  ///   more watches, EINVAL for no changes at all; `ResourceClosed`; `Cancelled`, and then some
  ///   directories may not be watched yet: ``next()`` goes on with them.
  public func add(_ path: RawString) throws {
    try GreenThread.checkCancellation()
    if isClosed { throw ResourceClosed("a file watch") }
    try tree.add(path)
    // Who waits in `next` goes on with what was left, and tells what was found.
    defer { descriptor.wakeReader() }
    try listDirectories()
  }

  /// Watches what was added at `path` no more: nothing that happened to it is told from now on.
  ///
  /// Does not park.
  ///
  /// - Returns: false when it was not watched, or is gone.
  @discardableResult
  public func remove(_ path: RawString) -> Bool {
    tree.remove(path, &pending)
  }

  /// How many files and directories are watched.
  public var count: Int { tree.count }

  /// Ends all watches: who waits in ``next()`` gets nil.
  ///
  /// Again: no effect. Does not park.
  public func close() {
    isClosed = true
    descriptor.close { [files] in files.close() }
    pending = []
  }

  /// The next change, waiting until there is one; nil when the watch is closed.
  ///
  /// Parks.
  ///
  /// A file that leaves what is watched by a rename is told some milliseconds later: until then it
  /// may turn up under another name.
  ///
  /// - Throws: `Cancelled`; `ResourceBusy` when another green thread waits here already;
  ///   `CoreError` of `read`.
  public func next() throws -> FileChange? {
    try GreenThread.checkCancellation()
    if let taker { throw ResourceBusy("the next file change", holder: "green thread \(taker)") }
    taker = "\(GreenThread.current.id)"
    defer { taker = nil }
    // Where changes never end, others and deadlines have their turns all the same.
    descriptor.letOthersRun(after: 1)
    while !isClosed {
      // First, so that all is watched again when a rescan is told.
      try listDirectories()
      if let notice = pending.popFirst() { return FileChange(notice) }
      do {
        try fill()
      } catch is ResourceClosed where isClosed {
        return nil
      }
    }
    return nil
  }

  /// Takes in what has happened, or waits for something to happen.
  private func fill() throws {
    let isDrained = try files.take(into: &events, upTo: Self.batchSize)
    if !events.isEmpty {
      pending += tree.digest(events, isDrained ? .isEmpty : .hasMore)
      // As in `next`: it may be that none of them is told.
      descriptor.letOthersRun(after: events.count << 10)
      return try GreenThread.checkCancellation()
    }
    tree.noteEmptyQueue()
    guard tree.isAwaitingRename else { return try descriptor.waitForMoreToRead() }
    do {
      try withTimeout(Self.renamePatience) { try descriptor.waitForMoreToRead() }
    } catch is DeadlineExceeded {
      pending += tree.flush()
    }
  }

  /// Looks into the directories that have come, and those in them.
  private func listDirectories() throws {
    while !isClosed, let scan = tree.takeUnlisted() {
      pending += tree.note(entries(of: scan.path), of: scan)
      // A large tree must not keep others from running.
      GreenThread.yield()
      try GreenThread.checkCancellation()
    }
  }
}

private func entries(of path: RawString) -> Result<[WatchedEntry], CoreError> {
  do throws(CoreError) {
    return .success(try WatchedEntry.list(path))
  } catch {
    return .failure(error)
  }
}

@available(*, unavailable, message: "a file watch stays on its scheduler's OS thread")
extension FileWatch: Sendable {}

/// An inotify instance that can be closed while somebody waits for it.
private final class InotifyFiles: WatchedFiles {
  private var watches: Watches?
  let number: Int32

  init(_ watches: consuming Watches) {
    number = watches.descriptor.rawValue
    self.watches = consume watches
  }

  func close() {
    let ended = watches.take()
    _ = consume ended
  }

  func take(into events: inout [WatchEvent], upTo limit: Int) throws(CoreError) -> Bool {
    events.removeAll(keepingCapacity: true)
    return try watches?.take(into: &events, upTo: limit) ?? true
  }

  func add(
    _ path: RawString, _ changes: FileChanges, _ options: WatchOptions
  ) throws(CoreError) -> Watch {
    guard let watch = try watches?.watch(path, for: changes, options) else {
      throw CoreError(operation: "inotify_add_watch", code: .badDescriptor)
    }
    return watch
  }

  func remove(_ watch: Watch) -> Bool {
    do {
      try watches?.remove(watch)
      return true
    } catch {
      return false
    }
  }
}
