import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct FileWatchTests {
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

  @Test func `a new directory that gets another name at once is watched, and so is its successor`()
    throws
  {
    try onDrift {
      try withTemporaryFolder { folder in
        let watch = try FileWatch(folder.raw, for: [.created, .movedTo], .all)
        folder.makeFolder("tmp")
        folder.rename("tmp", "x")
        folder.makeFolder("tmp")
        _ = try told(watch, in: folder)
        #expect(watch.count == 3)
        try folder.makeFile("x/f")
        try folder.makeFile("tmp/g")
        #expect(try told(watch, in: folder) == ["created x/f", "created tmp/g"])
      }
    }
  }

  @Test func `who waits already goes on with what a cancelled add has left`() throws {
    try onDrift {
      try withTemporaryFolder { folder in
        var path = "d"
        for _ in 0..<20 {
          folder.makeFolder(path)
          path += "/d"
        }
        let watch = try FileWatch(for: .created, .all)
        try withScope { scope in
          let taker = scope.spawn { try watch.next() }
          GreenThread.yield()
          let adder = scope.spawn { try watch.add(folder.raw) }
          GreenThread.yield()
          adder.cancel()
          #expect(throws: Cancelled.self) { try adder.join() }
          #expect(watch.count < 21)
          for _ in 0..<1000 where watch.count < 21 { GreenThread.yield() }
          #expect(watch.count == 21)
          watch.close()
          let isEnded = try taker.join() == nil
          #expect(isEnded)
        }
      }
    }
  }

  @Test func `what was added by two paths ends with both, and its end is told for each`() throws {
    try onDrift {
      try withTemporaryFolder { folder in
        for name in ["a", "a/d", "b"] { folder.makeFolder(name) }
        let watch = try FileWatch(for: .created, .all)
        for name in ["a", "b", "b/.", "a/d"] { try watch.add(folder(name)) }
        #expect(watch.count == 3)
        #expect(watch.remove(folder("b")))
        #expect(try told(watch, in: folder, marking: "a") == [])
        try folder.makeFile("b/f")
        #expect(try told(watch, in: folder, marking: "a") == ["created b/./f"])
        // What is in a tree goes on within it, or by itself.
        #expect(watch.remove(folder("a/d")))
        try folder.makeFile("a/d/f")
        #expect(try told(watch, in: folder, marking: "a") == ["created a/d/f"])
        try watch.add(folder("a/d"))
        #expect(watch.remove(folder("a")))
        #expect(watch.count == 2)
        try folder.makeFile("a/d/g")
        #expect(try watch.next().map { words($0, in: folder) } == "created a/d/g")
        try watch.add(folder("b"))
        folder.delete("b/f")
        folder.delete("b")
        let ends = try (0..<2).map { _ in try watch.next().map { words($0, in: folder) } }
        #expect(Set(ends) == ["gone \(folder("b"))", "gone \(folder("b/."))"])
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

  @Test func `who never has to wait for a change meets its deadline all the same`() throws {
    try onDrift {
      try withTemporaryFolder { folder in
        let watch = try FileWatch(folder.raw, for: [.created, .deleted])
        #expect(throws: DeadlineExceeded.self) {
          try withTimeout(.milliseconds(20)) {
            for _ in 0..<20_000 {
              try folder.makeFile("a")
              folder.delete("a")
              _ = try watch.next()
            }
          }
        }
      }
    }
  }

  @Test func `a directory moved into one that is too new to be watched goes on being watched`()
    throws
  {
    try onDrift {
      try withTemporaryFolder { folder in
        folder.makeFolder("d")
        let watch = try FileWatch(folder.raw, for: .created, .all)
        folder.makeFolder("b")
        folder.rename("d", "b/d")
        _ = try told(watch, in: folder)
        #expect(watch.count == 3)
        try folder.makeFile("b/d/f")
        #expect(try told(watch, in: folder) == ["created b/d/f"])
      }
    }
  }

  @Test func `a removal takes nothing from others who watch the same files`() throws {
    try onDrift {
      try withTemporaryFolder { folder in
        folder.makeFolder("b")
        try folder.makeFile("f")
        let watch = try FileWatch(for: [.created, .closedAfterWriting], .all)
        for path in [folder.raw, folder("b"), folder("f")] { try watch.add(path) }
        folder.makeFolder("first")
        folder.makeFolder("b/d")
        try folder.makeFile("f")
        #expect(try watch.next().map { words($0, in: folder) } == "created first/")
        // Their events have been taken from the kernel together with that one.
        #expect(watch.remove(folder("b")))
        #expect(watch.remove(folder("f")))
        #expect(try told(watch, in: folder) == ["created b/d/", "written f"])
      }
    }
  }

  @Test func `what has happened in a directory that has gone is not told after a removal either`()
    throws
  {
    try onDrift {
      try withTemporaryFolder { folder in
        for name in ["a", "a/d", "b"] { folder.makeFolder(name) }
        let watch = try FileWatch(for: [.created], .all)
        for name in ["a", "b"] { try watch.add(folder(name)) }
        folder.makeFolder("b/first")
        folder.makeFolder("a/d/x")
        folder.delete("a/d/x")
        folder.delete("a/d")
        #expect(try watch.next().map { words($0, in: folder) } == "created b/first/")
        #expect(watch.remove(folder("a")))
        #expect(try told(watch, in: folder, marking: "b") == [])
      }
    }
  }
}
