import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct DirectoryRemoveTreeTests {
  @Test func `a tree goes, and what links in it lead to stays`() throws {
    try onDisk { path throws in
      let tree = path.appending("tree")
      try Directory.create(path.appending("outside"))
      try File.replace(path.appending("outside/kept"), with: [1])
      for branch in ["a", "a/b", "a/b/c", "d", "e/f/g"] {
        try Directory.create(tree.appending(RawString(branch)), .made)
        try File.replace(tree.appending(RawString(branch + "/file")), with: [2])
        try makeLink(at: tree.appending(RawString(branch + "/link")), to: "\(path)/outside")
      }
      try makeLink(at: tree.appending("loop"), to: ".")
      try #require(unsafe mkfifo("\(tree)/fifo", 0o600) == 0)
      try Directory.removeTree(tree)
      #expect(try names(in: path) == ["outside"])
      #expect(try names(in: path.appending("outside")) == ["kept"])
    }
  }

  @Test func `a link to a directory, or a file, is refused and stays`() throws {
    try onDisk { path throws in
      try Directory.create(path.appending("target/deeper"), .made)
      try makeLink(at: path.appending("link"), to: "target")
      try File.replace(path.appending("file"), with: [])
      #expect(code { try Directory.removeTree(path.appending("link")) } == .notDirectory)
      #expect(code { try Directory.removeTree(path.appending("link//")) } == .notDirectory)
      #expect(code { try Directory.removeTree(path.appending("file")) } == .notDirectory)
      #expect(code { try Directory.removeTree(path.appending("target/.")) } == .invalidArgument)
      #expect(code { try Directory.removeTree(path.appending("none")) } == .notFound)
      #expect(try names(in: path) == ["file", "link", "target"])
      #expect(try names(in: path.appending("target")) == ["deeper"])
    }
  }

  @Test func `the root and what is no name are refused before anything is opened`() throws {
    // Nothing can be opened or listed, and so nothing goes if they are not refused.
    let refused = [
      RefusedCall(.openat, with: EACCES), RefusedCall(.getdents64, with: EACCES),
    ]
    try withRefusedCalls(refused) {
      try Drift.run {
        for path: RawString in ["/", "//", ".", "..", "../..", "/..", ""] {
          #expect(code { try Directory.removeTree(path) } == .invalidArgument)
        }
      }
    }
  }

  @Test func `three hundred levels are no more than one`() throws {
    try onDisk { path throws in
      let deep = Array(repeating: "d", count: 300).joined(separator: "/")
      try Directory.create(path.appending(RawString("tree/" + deep)), .made)
      try Directory.removeTree(path.appending("tree"))
      #expect(try names(in: path) == [])
    }
  }

  @Test func `a cancelled removal ends between two directories`() throws {
    try onDisk { path throws in
      try Directory.create(path.appending("tree/a"), .made)
      let error = errorThrown {
        try withTimeout(.zero) { try Directory.removeTree(path.appending("tree")) }
      }
      #expect(error is DeadlineExceeded)
      #expect(try names(in: path) == ["tree"])
    }
  }
}
