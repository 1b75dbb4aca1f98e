import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct DirectoryWalkTests {
  private func makeTree(in path: RawString) throws -> [String] {
    var all: [String] = []
    for branch in ["a", "a/b", "a/b/c", "d", "e", "e/f", "g"] {
      try Directory.create(path.appending(RawString(branch)))
      all.append(branch)
      for number in 0..<3 {
        try File.replace(path.appending(RawString("\(branch)/file\(number)")), with: [])
        all.append("\(branch)/file\(number)")
      }
    }
    try makeLink(at: path.appending("a/link"), to: "..")
    return (all + ["a/link"]).sorted()
  }

  @Test func `by name, each step is taken once, a directory before what is in it`() throws {
    try onDisk { path throws in
      let all = try makeTree(in: path)
      for limit in [1, 2, 8] {
        var seen: [String] = []
        try Directory.walk(path, limit: limit) { step in
          #expect(step.depth == step.path.description.split(separator: "/").count)
          seen.append(step.path.description)
          return .goOn
        }
        // No name here has a byte below the slash, so this is the order of the paths.
        #expect(seen == all)
      }
    }
  }

  @Test func `as found, each step is taken once, a directory before what is in it`() throws {
    try onDisk { path throws in
      let all = try makeTree(in: path)
      for limit in [1, 2, 8] {
        var seen: [String] = []
        try Directory.walk(path, order: .asFound, limit: limit) { step in
          let parent = step.path.description.split(separator: "/").dropLast().joined(separator: "/")
          #expect(parent == "" || seen.contains(parent))
          seen.append(step.path.description)
          return .goOn
        }
        #expect(seen.sorted() == all)
      }
    }
  }

  @Test(arguments: [Directory.WalkOrder.byName, .asFound])
  func `contents are skipped, and a walk is stopped`(order: Directory.WalkOrder) throws {
    try onDisk { path throws in
      _ = try makeTree(in: path)
      var seen: [String] = []
      try Directory.walk(path, order: order) { step in
        seen.append(step.path.description)
        return step.entry.name == "a" || step.entry.name == "e" ? .skipContents : .goOn
      }
      #expect(seen.filter { $0.hasPrefix("a") || $0.hasPrefix("e") }.sorted() == ["a", "e"])
      #expect(seen.contains("d/file0"))
      var count = 0
      try Directory.walk(path, order: order) { _ in
        count += 1
        return count == 2 ? .stop : .goOn
      }
      #expect(count == 2)
    }
  }

  @Test(arguments: [Directory.WalkOrder.byName, .asFound])
  func `a directory that cannot be read ends the walk, or is told`(order: Directory.WalkOrder)
    throws
  {
    try onDisk { path throws in
      _ = try makeTree(in: path)
      // Gone between the listing that names it and its own: removed at the first step.
      let remove = { (step: Directory.Step) throws -> Directory.Pace in
        if step.path == "d" { try? Directory.removeTree(path.appending("d")) }
        return .goOn
      }
      // The walk may have read it ahead before it was removed.
      var failed: [String] = []
      try Directory.walk(
        path, order: order, onFailure: { path, _ in failed.append(path.description) }, remove)
      #expect(failed == [] || failed == ["d"])
      let error = errorThrown { try Directory.walk(path.appending("none")) { _ in .goOn } }
      #expect((error as? CoreError)?.code == .notFound)
      #expect(errorThrown { try Directory.walk(path, limit: 0) { _ in .goOn } } is InvalidArgument)
    }
  }

  @Test(arguments: [Directory.WalkOrder.byName, .asFound])
  func `what a step throws ends the walk`(order: Directory.WalkOrder) throws {
    try onDisk { path throws in
      _ = try makeTree(in: path)
      let error = errorThrown {
        try Directory.walk(path, order: order) { _ in throw Broken(number: 3) }
      }
      #expect(error as? Broken == Broken(number: 3))
    }
  }

  @Test func `a deadline ends a walk`() throws {
    try onDisk { path throws in
      _ = try makeTree(in: path)
      let error = errorThrown {
        try withTimeout(.milliseconds(20)) {
          try Directory.walk(path) { _ in
            try GreenThread.sleep(for: .seconds(60))
            return .goOn
          }
        }
      }
      #expect(error is DeadlineExceeded)
    }
  }

  @Test func `a directory that was read ahead and is skipped is closed`() throws {
    try withOwnDescriptors {
      try Drift.run(offloading: OffloadLimits(workers: 1)) {
        try withTemporaryDirectory { path in
          for number in 0..<100 { try Directory.create(path.appending("\(number)")) }
          let before = try DescriptorCensus().count
          var most = 0
          try Directory.walk(path, limit: 4) { _ in
            // By then the only worker has read what was asked for before.
            GreenThread.yield()
            try offload {}
            most = max(most, try DescriptorCensus().count - before)
            return .skipContents
          }
          // The root, those read ahead, and the census itself.
          #expect(most <= 10)
        }
      }
    }
  }
}
