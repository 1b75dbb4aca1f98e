import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct FileReplaceTests {
  @Test func `the new contents are there, and no temporary file`() throws {
    try onDisk { path throws in
      let name = path.appending("a")
      try File.replace(name, with: Array("one".utf8))
      try File.replace(name, with: Array("two".utf8))
      #expect(try File.readText(name, limit: 10) == "two")
      #expect(try names(in: path) == ["a"])
    }
  }

  @Test func `whoever has the old file open keeps the old contents`() throws {
    try onDisk { path throws in
      let name = path.appending("a")
      try File.replace(name, with: Array("old".utf8))
      let reader = try File(opening: name)
      try File.replace(name, with: Array("new".utf8))
      #expect(try reader.readText(limit: 10) == "old")
    }
  }

  @Test func `permissions are kept, or set`() throws {
    try onDisk(umask: 0o022) { path throws in
      let name = path.appending("a")
      try File.replace(name, with: [])
      #expect(try permissions(of: name) == 0o644)
      try File.replace(name, with: [], permissions: .exactly(0o606))
      #expect(try permissions(of: name) == 0o606)
      try File.replace(name, with: [])
      #expect(try permissions(of: name) == 0o606)
    }
  }

  @Test func `a body that fails leaves the old file and no temporary one`() throws {
    try onDisk { path throws in
      let name = path.appending("a")
      try File.replace(name, with: Array("old".utf8))
      let error = errorThrown {
        try File.replace(name) { file in
          try file.write("half")
          throw Broken(number: 1)
        }
      }
      #expect(error as? Broken == Broken(number: 1))
      #expect(try File.readText(name, limit: 10) == "old")
      #expect(try names(in: path) == ["a"])
    }
  }

  @Test func `a cancelled one leaves the old file and no temporary one`() throws {
    try onDisk { path throws in
      let name = path.appending("a")
      try File.replace(name, with: Array("old".utf8))
      let error = errorThrown {
        try withTimeout(.milliseconds(20)) {
          try File.replace(name) { file in
            try file.write("half")
            try GreenThread.sleep(for: .seconds(60))
          }
        }
      }
      #expect(error is DeadlineExceeded)
      #expect(try File.readText(name, limit: 10) == "old")
      #expect(try names(in: path) == ["a"])
    }
  }

  @Test func `a rename that fails leaves no temporary file`() throws {
    try onDisk { path throws in
      let name = path.appending("a")
      try Directory.create(name)
      #expect(code { try File.replace(name, with: [1]) } == .isDirectory)
      #expect(try names(in: path) == ["a"])
    }
  }

  @Test func `a body may close the file, with a look at its errors`() throws {
    try onDisk { path throws in
      try File.replace(path.appending("a")) { file in
        try file.write("whole")
        try file.closeReportingErrors()
      }
      #expect(try File.readText(path.appending("a"), limit: 10) == "whole")
    }
  }

  @Test func `a link is replaced itself`() throws {
    try onDisk { path throws in
      let (target, link) = (path.appending("target"), path.appending("link"))
      try File.replace(target, with: Array("kept".utf8))
      try makeLink(at: link, to: "target")
      try File.replace(link, with: Array("new".utf8))
      #expect(try File.readText(target, limit: 10) == "kept")
      #expect(try File.status(of: link, links: .notFollowed).kind == .regular)
    }
  }

  @Test func `a path that names no file is refused`() throws {
    try onDisk { path throws in
      for name: RawString in ["", "/", "a/", "a/.", ".."] {
        #expect(code { try File.replace(name, with: []) } == .invalidArgument)
      }
      #expect(code { try File.replace(path.appending("no/a"), with: []) } == .notFound)
    }
  }

  @Test func `a name that is not UTF-8 works as any other`() throws {
    try onDisk { path throws in
      let name = RawString(bytes: [0x61, 0xFF, 0xFE])
      try File.replace(path.appending(name), with: [7])
      let entries = try Directory.entries(of: path)
      #expect(entries.map(\.name) == [name])
      #expect(try File.read(path.appending(entries[0].name), limit: 1) == [7])
    }
  }

  @Test(.enabled(if: geteuid() == 0))
  func `what a file may do as its owner does not go over to another owner`() throws {
    try onDisk { path throws in
      let name = path.appending("a")
      for (user, group, kept) in [(0, 0, 0o6755), (1000, 0, 0o755), (0, 1000, 0o755)] {
        try File.replace(name, with: [])
        try #require(unsafe chown(name.description, uid_t(user), gid_t(group)) == 0)
        try #require(unsafe chmod(name.description, 0o6755) == 0)
        try File.replace(name, with: [])
        #expect(try permissions(of: name) == UInt32(kept))
      }
    }
  }
}
