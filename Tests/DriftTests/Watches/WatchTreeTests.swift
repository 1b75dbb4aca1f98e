import CoreShift
import GreenThreads
import Testing

@testable import Drift

/// A kernel that does what it is told, and uses numbers again at once.
private final class ScriptedFiles: WatchedFiles {
  var numbers: [RawString: Int32] = [:]
  var refusals: [RawString: ErrorCode] = [:]
  var removed: [Int32] = []
  var isGone = false

  func add(
    _ path: RawString, _ changes: FileChanges, _ options: WatchOptions
  ) throws(CoreError) -> Watch {
    if let code = refusals[path] { throw CoreError(operation: "inotify_add_watch", code: code) }
    guard let number = numbers[path] else {
      throw CoreError(operation: "inotify_add_watch", code: .notFound)
    }
    return Watch(rawValue: number)
  }

  func remove(_ watch: Watch) -> Bool {
    removed.append(watch.rawValue)
    return !isGone
  }
}

/// What callers are told.
extension WatchTree {
  fileprivate mutating func take(_ batch: [WatchEvent], _ rest: KernelQueue) -> [FileChange] {
    digest(batch, rest).map { FileChange($0) }
  }

  fileprivate mutating func giveUp() -> [FileChange] { flush().map { FileChange($0) } }

  fileprivate mutating func removeRoot(_ path: RawString) -> Bool {
    var nothing: ArraySlice<Notice> = []
    return remove(path, &nothing)
  }
}

@Suite struct WatchTreeTests {
  private let isDirectory: UInt32 = 1 << 30
  private let ignored: UInt32 = 1 << 15
  private let overflow: UInt32 = 1 << 14

  private func event(
    _ watch: Int32, _ changes: FileChanges, _ name: RawString?, flags: UInt32 = 0,
    cookie: UInt32 = 0
  ) -> WatchEvent {
    WatchEvent(
      watch: watch > 0 ? Watch(rawValue: watch) : nil, rawFlags: changes.rawValue | flags,
      cookie: cookie, name: name)
  }

  private func paths(_ changes: [FileChange]) -> [RawString] {
    changes.compactMap { change in
      if case .event(let event) = change { return event.path }
      return nil
    }
  }

  /// Lists what is to be listed, where `entries` says what there is.
  private func list(
    _ tree: inout WatchTree, _ entries: [RawString: [WatchedEntry]]
  ) -> [FileChange] {
    var changes: [FileChange] = []
    while let scan = tree.takeUnlisted() {
      changes += tree.note(.success(entries[scan.path] ?? []), of: scan).map { FileChange($0) }
    }
    return changes
  }

  /// A tree of `/a`, whose watch is 1, with the directory `/a/d`, whose watch is 2.
  private func treeWithDirectory(_ files: ScriptedFiles) throws -> WatchTree {
    files.numbers = ["/a": 1, "/a/d": 2]
    var tree = WatchTree(files, for: .contents, .all)
    try tree.add("/a")
    _ = list(&tree, ["/a": [WatchedEntry(name: "d", isDirectory: true)]])
    return tree
  }

  @Test func `events of a removed watch are dropped until the kernel has confirmed its end`()
    throws
  {
    let files = ScriptedFiles()
    files.numbers = ["/a": 1]
    var tree = WatchTree(files, for: .contents, .one)
    try tree.add("/a")
    let isRemoved = tree.removeRoot("/a")
    #expect(isRemoved)
    #expect(files.removed == [1])
    // The number is used again while events of the old watch are still queued.
    files.numbers = ["/b": 1]
    try tree.add("/b")
    let changes = tree.take(
      [
        event(1, .created, "old"), event(1, [], nil, flags: ignored), event(1, .created, "new"),
      ], .isEmpty)
    #expect(paths(changes) == ["/b/new"])
  }

  @Test func `what a listing has told is not told again, unless it has come again`() throws {
    let files = ScriptedFiles()
    files.numbers = ["/a": 1, "/a/d": 2]
    var tree = WatchTree(files, for: [.created, .deleted], .all)
    try tree.add("/a")
    let nothing = list(&tree, [:])
    #expect(nothing == [])
    let come = tree.take([event(1, .created, "d", flags: isDirectory)], .isEmpty)
    #expect(paths(come) == ["/a/d"])
    let listed = list(&tree, ["/a/d": [WatchedEntry(name: "f", isDirectory: false)]])
    #expect(paths(listed) == ["/a/d/f"])
    let after = tree.take(
      [event(2, .created, "f"), event(2, .deleted, "f"), event(2, .created, "f")], .isEmpty)
    #expect(paths(after) == ["/a/d/f", "/a/d/f"])
    // The queue has been empty since: whatever comes now is new.
    let last = tree.take([event(2, .created, "f")], .isEmpty)
    #expect(paths(last) == ["/a/d/f"])
  }

  @Test func `a directory takes its paths along, also when its rename is told in two batches`()
    throws
  {
    let files = ScriptedFiles()
    var tree = try treeWithDirectory(files)
    files.numbers = ["/a": 1, "/a/e": 2]
    let left = tree.take(
      [event(1, .movedFrom, "d", flags: isDirectory, cookie: 7)], .isEmpty)
    #expect(left == [])
    #expect(tree.isAwaitingRename)
    let come = tree.take(
      [event(1, .movedTo, "e", flags: isDirectory, cookie: 7), event(2, .created, "f")], .isEmpty)
    #expect(come.count == 2)
    guard case .renamed(let old, let new) = come[0] else {
      Issue.record("\(come)")
      return
    }
    #expect((old.path, new.path) == ("/a/d", "/a/e"))
    #expect(paths(come) == ["/a/e/f"])
  }

  @Test func `a new directory may take the name of one that has left in the same batch`() throws {
    let files = ScriptedFiles()
    var tree = try treeWithDirectory(files)
    files.numbers["/a/d"] = 3
    _ = tree.take(
      [
        event(1, .movedFrom, "d", flags: isDirectory, cookie: 7),
        event(1, .created, "d", flags: isDirectory),
      ], .isEmpty)
    _ = list(&tree, [:])
    let flushed = tree.giveUp()
    #expect(paths(flushed) == ["/a/d"])
    #expect(files.removed == [2], "the one that has left, and not the new one")
    let last = tree.take([event(3, .created, "f")], .isEmpty)
    #expect(paths(last) == ["/a/d/f"])
  }

  @Test func `a directory that is renamed twice keeps its watch when another takes its name`()
    throws
  {
    let files = ScriptedFiles()
    var tree = try treeWithDirectory(files)
    files.numbers = ["/a": 1, "/a/e": 3, "/a/f": 2]
    _ = tree.take(
      [
        event(1, .movedFrom, "d", flags: isDirectory, cookie: 7),
        event(1, .movedTo, "e", flags: isDirectory, cookie: 7),
        event(1, .movedFrom, "e", flags: isDirectory, cookie: 8),
        event(1, .movedTo, "f", flags: isDirectory, cookie: 8),
        event(1, .created, "e", flags: isDirectory),
      ], .isEmpty)
    let old = list(&tree, ["/a/f": [WatchedEntry(name: "old", isDirectory: false)]])
    #expect(old == [], "what is in it is not new")
    #expect(files.removed == [])
    let last = tree.take([event(2, .created, "f"), event(3, .created, "g")], .isEmpty)
    #expect(paths(last) == ["/a/f/f", "/a/e/g"])
  }

  @Test func `after an overflow what is not found again is watched no more`() throws {
    let files = ScriptedFiles()
    files.numbers = ["/a": 1, "/a/d": 2, "/a/e": 3]
    var tree = WatchTree(files, for: .contents, .all)
    try tree.add("/a")
    _ = list(&tree, ["/a": [WatchedEntry(name: "d", isDirectory: true)]])
    let changes = tree.take([event(-1, [], nil, flags: overflow)], .isEmpty)
    #expect(changes == [.rescan])
    let found = list(&tree, ["/a": [WatchedEntry(name: "e", isDirectory: true)]])
    #expect(found == [])
    #expect(files.removed == [2])
    let last = tree.take([event(3, .created, "f")], .isEmpty)
    #expect(paths(last) == ["/a/e/f"])
  }

  @Test func `a directory that may not be watched is told, and one that has gone is not`() throws {
    let files = ScriptedFiles()
    files.numbers = ["/a": 1]
    files.refusals = ["/a/full": .noSpace]
    var tree = WatchTree(files, for: .contents, .all)
    try tree.add("/a")
    let entries = ["full", "gone"].map { WatchedEntry(name: RawString($0), isDirectory: true) }
    let changes = list(&tree, ["/a": entries])
    #expect(
      changes == [
        .unwatched("/a/full", CoreError(operation: "inotify_add_watch", code: .noSpace))
      ])
  }

  @Test func `two directories that exchange their names both go on being watched`() throws {
    let files = ScriptedFiles()
    files.numbers = ["/a": 1, "/a/d": 2, "/a/e": 3]
    var tree = WatchTree(files, for: .contents, .all)
    try tree.add("/a")
    _ = list(&tree, ["/a": ["d", "e"].map { WatchedEntry(name: $0, isDirectory: true) }])
    files.numbers = ["/a": 1, "/a/e": 2, "/a/d": 3]
    let changes = tree.take(
      [
        event(1, .movedFrom, "d", flags: isDirectory, cookie: 7),
        event(1, .movedTo, "e", flags: isDirectory, cookie: 7),
        event(1, .movedFrom, "e", flags: isDirectory, cookie: 8),
        event(1, .movedTo, "d", flags: isDirectory, cookie: 8),
      ], .isEmpty)
    #expect(changes.count == 2)
    let entries = [WatchedEntry(name: "old", isDirectory: false)]
    let listed = list(&tree, ["/a/d": entries, "/a/e": entries])
    tree.noteEmptyQueue()
    #expect(listed == [], "what is in them is not new")
    #expect(files.removed == [])
    let last = tree.take([event(2, .created, "f"), event(3, .created, "g")], .isEmpty)
    #expect(paths(last) == ["/a/e/f", "/a/d/g"])
  }

  @Test func `one that has another's name before its own rename is told keeps it`() throws {
    let files = ScriptedFiles()
    files.numbers = ["/a": 1, "/a/b": 2, "/a/b/d": 3]
    var tree = WatchTree(files, for: [.created, .movedFrom], .all)
    try tree.add("/a")
    _ = list(
      &tree,
      [
        "/a": [WatchedEntry(name: "b", isDirectory: true)],
        "/a/b": [WatchedEntry(name: "d", isDirectory: true)],
      ])
    // Listed again while what has happened to `d` is still to be told.
    try tree.add("/a/b")
    files.numbers["/a/b/d"] = 4
    _ = list(&tree, ["/a/b": [WatchedEntry(name: "d", isDirectory: true)]])
    _ = tree.take(
      [
        event(2, .movedFrom, "d", flags: isDirectory, cookie: 7),
        event(2, .created, "d", flags: isDirectory),
      ], .isEmpty)
    _ = tree.giveUp()
    #expect(files.removed == [3], "the one that has left, and not its successor")
    let last = tree.take([event(4, .created, "f")], .isEmpty)
    #expect(paths(last) == ["/a/b/d/f"])
  }

  @Test func `a directory that is renamed before it is listed is listed under its new name`()
    throws
  {
    for isFurtherDown in [false, true] {
      let files = ScriptedFiles()
      files.numbers = ["/a": 1, "/a/d": 2, "/a/d/x": 3]
      var tree = WatchTree(files, for: .contents, .all)
      try tree.add("/a")
      // Down to the one that cannot be listed any more, by the name that it had.
      for name: RawString in isFurtherDown ? ["d", "x"] : ["d"] {
        let scan = tree.takeUnlisted()
        let entries = [WatchedEntry(name: name, isDirectory: true)]
        _ = tree.note(.success(entries), of: try #require(scan))
      }
      let late = tree.takeUnlisted()
      let notFound = CoreError(operation: "open", code: .notFound)
      _ = tree.note(.failure(notFound), of: try #require(late))
      files.numbers = ["/a": 1, "/a/e": 2, "/a/e/x": 3, "/a/e/x/y": 4]
      _ = tree.take(
        [
          event(1, .movedFrom, "d", flags: isDirectory, cookie: 7),
          event(1, .movedTo, "e", flags: isDirectory, cookie: 7),
        ], .isEmpty)
      let found = list(
        &tree,
        [
          "/a/e": [WatchedEntry(name: "x", isDirectory: true)],
          "/a/e/x": [WatchedEntry(name: "y", isDirectory: true)],
        ])
      #expect(found == [], "it was there when the watching began")
      let last = tree.take([event(4, .created, "f")], .isEmpty)
      #expect(paths(last) == ["/a/e/x/y/f"])
    }
  }

  @Test func `a directory made in one that has another name by now is watched there`() throws {
    let files = ScriptedFiles()
    var tree = try treeWithDirectory(files)
    files.numbers = ["/a": 1, "/a/e": 2, "/a/e/x": 3]
    let changes = tree.take(
      [
        event(2, .created, "x", flags: isDirectory),
        event(1, .movedFrom, "d", flags: isDirectory, cookie: 7),
        event(1, .movedTo, "e", flags: isDirectory, cookie: 7),
      ], .isEmpty)
    #expect(paths(changes) == ["/a/d/x"])
    let found = list(
      &tree,
      [
        "/a/e": [
          WatchedEntry(name: "old", isDirectory: false), WatchedEntry(name: "x", isDirectory: true),
        ],
        "/a/e/x": [WatchedEntry(name: "f", isDirectory: false)],
      ])
    #expect(paths(found) == ["/a/e/x/f"])
    let last = tree.take([event(3, .created, "g")], .isEmpty)
    #expect(paths(last) == ["/a/e/x/g"])
  }

  @Test func `what takes the place of a file is watched instead when its path is added again`()
    throws
  {
    let files = ScriptedFiles()
    files.numbers = ["/a": 1]
    var tree = WatchTree(files, for: .contents, .one)
    try tree.add("/a")
    files.numbers = ["/a": 2]
    try tree.add("/a")
    #expect(files.removed == [1])
    #expect(tree.count == 1)
    let changes = tree.take(
      [event(1, .modified, nil), event(2, .modified, nil)], .isEmpty)
    #expect(paths(changes) == ["/a"])
  }

  @Test func `a rename that waits for its new name is not told of what was removed meanwhile`()
    throws
  {
    let files = ScriptedFiles()
    var tree = try treeWithDirectory(files)
    _ = tree.take([event(1, .movedFrom, "d", flags: isDirectory, cookie: 7)], .isEmpty)
    _ = tree.removeRoot("/a")
    let flushed = tree.giveUp()
    #expect(flushed.isEmpty)
    #expect(Set(files.removed) == [1, 2])
    #expect(tree.count == 0)
  }

  @Test func `a new directory that exchanges its name with an old one is watched like that one`()
    throws
  {
    let files = ScriptedFiles()
    var tree = try treeWithDirectory(files)
    files.numbers = ["/a": 1, "/a/d": 3, "/a/e": 2]
    _ = tree.take(
      [
        event(1, .created, "e", flags: isDirectory),
        event(1, .movedFrom, "d", flags: isDirectory, cookie: 7),
        event(1, .movedTo, "e", flags: isDirectory, cookie: 7),
        event(1, .movedFrom, "e", flags: isDirectory, cookie: 8),
        event(1, .movedTo, "d", flags: isDirectory, cookie: 8),
      ], .isEmpty)
    _ = list(&tree, [:])
    tree.noteEmptyQueue()
    #expect(files.removed == [])
    let last = tree.take([event(2, .created, "f"), event(3, .created, "g")], .isEmpty)
    #expect(paths(last) == ["/a/e/f", "/a/d/g"])
  }

  @Test func `what is at the path that a directory had is not taken for what is in it`() throws {
    let files = ScriptedFiles()
    files.numbers = ["/a": 1, "/a/d": 2, "/a/e": 3]
    var tree = WatchTree(files, for: .contents, .all)
    try tree.add("/a")
    _ = list(&tree, ["/a": ["d", "e"].map { WatchedEntry(name: $0, isDirectory: true) }])
    files.numbers = ["/a": 1, "/a/e": 2, "/a/e/x": 4, "/a/d": 3, "/a/d/x": 5]
    _ = tree.take(
      [
        event(2, .created, "x", flags: isDirectory),
        event(1, .movedFrom, "d", flags: isDirectory, cookie: 7),
        event(1, .movedTo, "e", flags: isDirectory, cookie: 7),
        event(1, .movedFrom, "e", flags: isDirectory, cookie: 8),
        event(1, .movedTo, "d", flags: isDirectory, cookie: 8),
      ], .isEmpty)
    _ = list(&tree, ["/a/e": [WatchedEntry(name: "x", isDirectory: true)]])
    #expect(files.removed == [5])
    let last = tree.take([event(4, .created, "f")], .isEmpty)
    #expect(paths(last) == ["/a/e/x/f"])
  }
}
