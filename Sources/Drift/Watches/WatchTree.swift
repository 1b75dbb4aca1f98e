internal import CoreShift

/// What a tree of watches asks of the kernel; in tests, of a script.
protocol WatchedFiles: AnyObject {
  func add(
    _ path: RawString, _ changes: FileChanges, _ options: WatchOptions
  ) throws(CoreError) -> Watch
  /// False when the watch is gone already.
  func remove(_ watch: Watch) -> Bool
}

/// Which directory each watch is, so that its events get their paths.
///
/// Parks nowhere and lists no directory itself: it says which ones to list, and is told what was
/// found. A new directory is watched first and listed then, so that nothing in it is missed; what
/// is told twice that way is told on once.
///
/// Events change the tree in the order in which the kernel tells them, also the halves of a rename,
/// which reach the caller as one only when both are there.
struct WatchTree {
  struct Node {
    var parent: Watch?
    /// In its parent; the whole path for what was added by the caller.
    var name: RawString
    var children: [RawString: Watch] = [:]
  }

  /// A file in a watched directory.
  struct Place: Hashable {
    let watch: Watch
    let name: RawString
  }

  /// A directory to list.
  struct Scan {
    let watch: Watch
    let path: RawString
    let purpose: Purpose

    enum Purpose {
      /// It was there when the watching began: only watch what is further down.
      case watching
      /// It is new, and so is what is in it.
      case telling
      /// Directories in it were not found: those that are not watched yet are new.
      case again
    }
  }

  /// A change, or a rename as one, and which watches it is of.
  typealias Notice = RenamePairing<PlacedEvent>.Notice

  let files: any WatchedFiles
  let wanted: FileChanges
  let depth: FileWatch.Depth
  var nodes: [Watch: Node] = [:]
  var roots: [RawString: Watch] = [:]
  /// Watches that have been removed, while events of theirs may still come.
  var retiring: [Watch: Int] = [:]
  /// Directories that were renamed away and have not turned up yet.
  var floating: [UInt32: Watch] = [:]
  /// Directories whose name another has taken, while it has not been told where they went.
  var displaced: [Watch] = []
  /// What a listing has told, until the kernel's own word of it has come.
  var known: Set<Place> = []
  var unlisted: [(watch: Watch, purpose: Scan.Purpose)] = []
  /// Directories to list when one on the way to them has turned up under another name: they were
  /// not found, or something in them was not.
  var strays: [(watch: Watch, purpose: Scan.Purpose)] = []
  /// After an overflow: what has not been found again.
  var missing: Set<Watch> = []
  var pairing = RenamePairing<PlacedEvent>()

  init(_ files: any WatchedFiles, for changes: FileChanges, _ depth: FileWatch.Depth) {
    self.files = files
    wanted = changes
    self.depth = depth
  }

  /// Whether an old name waits for its new one.
  var isAwaitingRename: Bool { pairing.isWaiting }
  /// How many files and directories are watched.
  var count: Int { nodes.count }

  var kernelChanges: FileChanges {
    switch depth {
    case .one: wanted
    case .all: wanted.union([.created, .deleted, .movedFrom, .movedTo])
    }
  }

  /// How a directory is watched that the caller has not added.
  static let furtherDown: WatchOptions = [.onlyDirectory, .notFollowingLinks]

  // MARK: - What is watched

  mutating func add(_ path: RawString) throws(CoreError) {
    let watch = try files.add(path, kernelChanges, [])
    // Another file has the path now: nobody can name the one before any more.
    if let old = roots[path], old != watch { endRoot(path) }
    if nodes[watch] == nil { nodes[watch] = Node(parent: nil, name: path) }
    roots[path] = watch
    if depth == .all { unlisted.append((watch, .watching)) }
  }

  /// Watches the directory `name` in `parent`; nil where there is none, or it cannot be watched, or
  /// `parent` itself is elsewhere by now.
  mutating func watchDirectory(
    _ name: RawString, in parent: Watch, _ purpose: Scan.Purpose, _ events: inout [PlacedEvent]
  ) -> Watch? {
    let path = path(of: parent).appending(name)
    do {
      let watch = try files.add(path, kernelChanges, Self.furtherDown)
      guard isInPlace(parent) else {
        dropUnknown(watch)
        noteStray(parent, purpose == .watching ? .watching : .again)
        return nil
      }
      // What is in one that is known already is not new.
      if purpose == .watching || nodes[watch] == nil { unlisted.append((watch, purpose)) }
      attach(watch, to: parent, as: name)
      return watch
    } catch {
      if error.code != .notFound && error.code != .notDirectory {
        events.append(.unwatched(path, error, in: parent))
      } else if !isInPlace(parent) {
        noteStray(parent, purpose == .watching ? .watching : .again)
      }
      // Deleted or replaced meanwhile: then the kernel tells so.
      return nil
    }
  }

  /// Ends the watches of `top` and of all that is in it, except what the caller has added: from
  /// now on that stands by itself.
  ///
  /// - Returns: those that have ended.
  @discardableResult
  mutating func retire(_ top: Watch) -> Set<Watch> {
    var ended: Set<Watch> = []
    var left = [top]
    while let watch = left.popLast() {
      guard let node = nodes[watch] else { continue }
      if standAlone(watch, node) { continue }
      left += node.children.values
      left += (displaced + floating.values).filter { nodes[$0]?.parent == watch }
      forget(watch)
      ended.insert(watch)
      if files.remove(watch) { retiring[watch, default: 0] += 1 }
    }
    return ended
  }

  mutating func forget(_ watch: Watch) {
    guard let node = nodes.removeValue(forKey: watch) else { return }
    settle(watch)
    if let parent = node.parent, nodes[parent]?.children[node.name] == watch {
      nodes[parent]?.children[node.name] = nil
    }
  }

  func path(of watch: Watch) -> RawString {
    var names: [RawString] = []
    var next: Watch? = watch
    while let watch = next, let node = nodes[watch] {
      names.append(node.name)
      next = node.parent
    }
    guard var path = names.popLast() else { return "" }
    while let name = names.popLast() { path = path.appending(name) }
    return path
  }

  // MARK: - What has happened

  /// Takes in a batch of the kernel's events.
  ///
  /// - Parameters:
  ///   - batch: in their order.
  ///   - rest: whether the kernel has more.
  /// - Returns: what is to be told.
  mutating func digest(_ batch: [WatchEvent], _ rest: KernelQueue) -> [Notice] {
    var events: [PlacedEvent] = []
    for event in batch { place(event, &events) }
    if rest == .isEmpty { known = [] }
    return changes(pairing.pair(events))
  }

  enum KernelQueue { case isEmpty, hasMore }

  /// The kernel has nothing to tell: what happened before the listings so far has come, and before
  /// the last batch was digested.
  mutating func noteEmptyQueue() {
    known = []
    // Of what has become of them nothing is told, as where something was mounted on them.
    for watch in displaced { retire(watch) }
    if floating.isEmpty { strays = [] }
  }

  /// Gives up on old names whose new ones have not come.
  mutating func flush() -> [Notice] { changes(pairing.flush()) }

  private mutating func changes(_ notices: [Notice]) -> [Notice] {
    for case .event(let event) in notices where event.changes.contains(.movedFrom) {
      // A directory that has left: what happens in it is nobody's business here any more.
      if let watch = floating.removeValue(forKey: event.cookie) { retire(watch) }
    }
    return notices.filter(isWanted)
  }

  func isWanted(_ notice: Notice) -> Bool {
    switch FileChange(notice) {
    case .event(let event): !event.changes.isDisjoint(with: wanted)
    case .renamed: !wanted.isDisjoint(with: [.movedFrom, .movedTo])
    case .gone, .unwatched, .rescan: true
    }
  }

  private mutating func place(_ event: WatchEvent, _ events: inout [PlacedEvent]) {
    guard let watch = event.watch, !event.isOverflow else {
      events.append(.overflow)
      return resync()
    }
    if let count = retiring[watch] {
      if event.isIgnored { retiring[watch] = count == 1 ? nil : count - 1 }
      return
    }
    guard let node = nodes[watch] else { return }
    if event.isIgnored {
      dropRoots(of: watch, &events)
      return forget(watch)
    }
    guard let name = event.name else {
      // What happens to a directory further down its parent tells by its name.
      if node.parent == nil, !event.changes.isEmpty {
        events.append(
          PlacedEvent(node.name, event.changes, isDirectory: event.isDirectory, of: watch))
      }
      return
    }
    let placed = PlacedEvent(
      path(of: watch).appending(name), event.changes, isDirectory: event.isDirectory,
      cookie: event.cookie, of: watch)
    // Told by a listing. To be made again it would have to be deleted first.
    let isTold = known.remove(Place(watch: watch, name: name)) != nil
    if isTold && event.changes.contains(.created) { return }
    events.append(placed)
    if depth == .all && event.isDirectory { follow(event, name, in: watch, &events) }
  }
}
