import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct FileWatchTests {
  /// What is told, in words, about all that has happened so far.
  ///
  /// Two marks are made, the second after the first was told: what lies in new directories is told
  /// between them.
  private func told(
    _ watch: FileWatch, in folder: TemporaryFolder, marking place: String = "."
  ) throws -> [String] {
    var told: [String] = []
    for _ in 0..<2 {
      let name = "mark-\(UInt64.random(in: 0...UInt64.max))"
      let mark = place == "." ? name : "\(place)/\(name)"
      try folder.makeFile(mark)
      while let change = try watch.next() {
        let words = words(change, in: folder)
        if words == "created \(mark)" { break }
        told.append(words)
      }
    }
    return told.filter { !$0.contains("mark-") }
  }

  private func words(_ change: FileChange, in folder: TemporaryFolder) -> String {
    switch change {
    case .event(let event):
      let names: [(FileChanges, String)] = [
        (.created, "created"), (.deleted, "deleted"), (.modified, "modified"),
        (.movedFrom, "left"), (.movedTo, "came"), (.closedAfterWriting, "written"),
        (.selfDeleted, "end of"),
      ]
      let name = names.first { event.changes.contains($0.0) }?.1 ?? "changed"
      return "\(name) \(folder.short(event.path))\(event.isDirectory ? "/" : "")"
    case .renamed(let old, let new):
      return "renamed \(folder.short(old.path)) to \(folder.short(new.path))"
    case .gone(let path): return "gone \(path)"
    case .unwatched(let path, let error): return "unwatched \(path): \(error)"
    case .rescan: return "rescan"
    }
  }

  @Test func `who waits is told what happens to a directory's files`() throws {
    try onDrift {
      try withTemporaryFolder { folder in
        let watch = try FileWatch(folder.raw, for: [.created, .deleted])
        try withScope { scope in
          let first = scope.spawn { try watch.next() }
          GreenThread.yield()
          try folder.makeFile("a")
          let change = try #require(try first.join())
          #expect(words(change, in: folder) == "created a")
        }
        folder.makeFolder("b")
        folder.delete("a")
        #expect(try told(watch, in: folder) == ["created b/", "deleted a"])
      }
    }
  }

  @Test func `a rename within is one change, one across the border is half`() throws {
    try onDrift {
      try withTemporaryFolder { folder in
        folder.makeFolder("in")
        folder.makeFolder("out")
        try folder.makeFile("in/a")
        let watch = try FileWatch(folder("in"), for: .contents)
        folder.rename("in/a", "in/b")
        #expect(try told(watch, in: folder, marking: "in") == ["renamed in/a to in/b"])
        folder.rename("in/b", "out/b")
        #expect(try told(watch, in: folder, marking: "in") == ["left in/b"])
        folder.rename("out/b", "in/c")
        #expect(try told(watch, in: folder, marking: "in") == ["came in/c"])
      }
    }
  }

  @Test func `what comes quickly in new directories is told once, however deep`() throws {
    try onDrift {
      try withTemporaryFolder { folder in
        folder.makeFolder("old")
        let watch = try FileWatch(folder.raw, for: [.created, .deleted], .all)
        var expected: Set<String> = []
        for index in 0..<50 {
          // Some of it is there before its directory can be watched, and some comes later.
          let path = "old/\(index)"
          folder.makeFolder(path)
          folder.makeFolder("\(path)/x")
          try folder.makeFile("\(path)/x/f")
          expected.formUnion(["created \(path)/", "created \(path)/x/", "created \(path)/x/f"])
        }
        var seen: [String] = []
        while seen.count < 75, let change = try watch.next() {
          seen.append(words(change, in: folder))
        }
        for index in 0..<50 {
          try folder.makeFile("old/\(index)/x/g")
          expected.insert("created old/\(index)/x/g")
        }
        seen += try told(watch, in: folder)
        #expect(Set(seen) == expected)
        #expect(seen.count == expected.count, "nothing is told twice")
        #expect(watch.count == 102, "its root, `old`, and two for each")
      }
    }
  }

  @Test func `a directory renamed within keeps being watched, and one that leaves does not`()
    throws
  {
    try onDrift {
      try withTemporaryFolder { folder in
        for name in ["in", "out", "in/a", "in/a/b"] { folder.makeFolder(name) }
        let watch = try FileWatch(folder("in"), for: [.created, .movedFrom, .movedTo], .all)
        #expect(watch.count == 3)
        folder.rename("in/a", "in/z")
        try folder.makeFile("in/z/b/f")
        #expect(
          try told(watch, in: folder, marking: "in") == [
            "renamed in/a to in/z", "created in/z/b/f",
          ])
        folder.rename("in/z", "out/z")
        #expect(try told(watch, in: folder, marking: "in") == ["left in/z/"])
        #expect(watch.count == 1)
        try folder.makeFile("out/z/b/g")
        #expect(try told(watch, in: folder, marking: "in") == [])
        folder.rename("out/z", "in/back")
        #expect(
          try Set(told(watch, in: folder, marking: "in")) == [
            "came in/back/", "created in/back/b/", "created in/back/b/f", "created in/back/b/g",
          ])
        try folder.makeFile("in/back/b/h")
        #expect(try told(watch, in: folder, marking: "in") == ["created in/back/b/h"])
      }
    }
  }

  @Test func `the end of what was added is told, and nothing after its removal`() throws {
    try onDrift {
      try withTemporaryFolder { folder in
        try folder.makeFile("a")
        folder.makeFolder("b")
        let watch = try FileWatch(for: [.created, .selfDeleted], .all)
        try watch.add(folder("a"))
        try watch.add(folder("b"))
        folder.delete("a")
        #expect(try told(watch, in: folder, marking: "b") == ["end of a", "gone \(folder("a"))"])
        #expect(!watch.remove(folder("a")))
        folder.makeFolder("b/c")
        try folder.makeFile("b/d")
        _ = try watch.next()
        #expect(watch.remove(folder("b")))
        #expect(watch.count == 0)
        try watch.add(folder("b"))
        try folder.makeFile("b/e")
        #expect(try told(watch, in: folder, marking: "b") == ["created b/e"])
      }
    }
  }

  @Test func `who takes nothing is told to look again`() throws {
    try onDrift {
      try withTemporaryFolder { folder in
        folder.makeFolder("lost")
        let watch = try FileWatch(folder.raw, for: .created, .all)
        let limit = try #require(
          Int(contents(of: "/proc/sys/fs/inotify/max_queued_events").dropLast()))
        for index in 0...limit {
          try folder.makeFile("f\(index % 2)")
          folder.delete("f\(index % 2)")
        }
        folder.makeFolder("lost/new")
        folder.delete("lost/new")
        folder.makeFolder("late")
        var count = 0
        while let change = try watch.next(), change != .rescan { count += 1 }
        #expect(count <= limit)
        // What came when nothing was told any more is watched all the same.
        try folder.makeFile("late/f")
        #expect(try told(watch, in: folder) == ["created late/f"])
        #expect(watch.count == 3)
      }
    }
  }

  @Test func `five thousand new files are all told`() throws {
    try onDrift {
      try withTemporaryFolder { folder in
        let watch = try FileWatch(folder.raw, for: .created, .all)
        for group in 0..<50 {
          folder.makeFolder("\(group)")
          for index in 0..<100 { try folder.makeFile("\(group)/\(index)") }
        }
        var paths: Set<RawString> = []
        while paths.count < 5050, case .event(let event) = try watch.next() {
          #expect(paths.insert(event.path).inserted)
        }
        #expect(paths.count == 5050)
      }
    }
  }

  @Test func `closing ends a wait with nil, cancelling ends it too, and a second taker is refused`()
    throws
  {
    try onDrift {
      try withTemporaryFolder { folder in
        let watch = try FileWatch(folder.raw)
        try withScope { scope in
          let first = scope.spawn { try watch.next() }
          GreenThread.yield()
          #expect(throws: ResourceBusy.self) { _ = try watch.next() }
          first.cancel()
          #expect(throws: Cancelled.self) { _ = try first.join() }
          let second = scope.spawn { try watch.next() == nil }
          GreenThread.yield()
          watch.close()
          let isEnded = try second.join()
          #expect(isEnded)
        }
        #expect(try watch.next() == nil)
        #expect(throws: ResourceClosed.self) { try watch.add(folder.raw) }
      }
    }
  }

  @Test func `what cannot be watched is an error, or told when it is further down`() throws {
    try onDrift {
      try withTemporaryFolder { folder in
        let watch = try FileWatch(for: .contents, .all)
        let missing = #expect(throws: CoreError.self) { try watch.add(folder("missing")) }
        #expect(missing?.code == .notFound)
        let nul = #expect(throws: CoreError.self) { try watch.add("a\0b") }
        #expect(nul?.code == .invalidArgument)
        #expect(watch.count == 0)
      }
    }
  }
}
