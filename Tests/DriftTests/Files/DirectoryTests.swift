import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct DirectoryTests {
  @Test func `names are ordered by their bytes, without the dot entries, links as links`() throws {
    try onDisk { path throws in
      for name: RawString in ["b", "a", "ä", "B", ".hidden", RawString(bytes: [0xFF])] {
        try File.replace(path.appending(name), with: [])
      }
      try Directory.create(path.appending("dir"))
      try makeLink(at: path.appending("link"), to: "dir")
      let entries = try Directory.entries(of: path)
      let sorted = entries.map(\.name)
      #expect(
        sorted == [".hidden", "B", "a", "b", "dir", "link", "ä", RawString(bytes: [0xFF])])
      let kinds = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.kind) })
      #expect(kinds["dir"] == .directory)
      #expect(kinds["link"] == .symbolicLink)
      #expect(kinds["a"] == .regular)
    }
  }

  @Test func `a directory of thousands is listed whole`() throws {
    try onDisk { path throws in
      let name = path.description
      try offload {
        for number in 0..<3000 { _ = unsafe mknod("\(name)/file-\(number)", S_IFREG | 0o600, 0) }
      }
      let entries = try Directory.entries(of: path)
      #expect(Set(entries.map(\.name.description)) == Set((0..<3000).map { "file-\($0)" }))
    }
  }

  @Test func `listing says what is wrong, and gives nothing`() throws {
    try onDisk { path throws in
      try File.replace(path.appending("file"), with: [])
      #expect(code { _ = try Directory.entries(of: path.appending("none")) } == .notFound)
      #expect(code { _ = try Directory.entries(of: path.appending("file")) } == .notDirectory)
      let error = errorThrown {
        try withTimeout(.zero) { _ = try Directory.entries(of: path) }
      }
      #expect(error is DeadlineExceeded)
    }
  }

  @Test func `directories are made with those on the way, and removed when empty`() throws {
    try onDisk { path throws in
      let deep = path.appending("a/b/c")
      #expect(code { try Directory.create(deep) } == .notFound)
      try Directory.create(deep, .made)
      try Directory.create(deep, .made)
      #expect(code { try Directory.create(deep) } == .alreadyExists)
      #expect(code { try Directory.remove(path.appending("a")) } == .notEmpty)
      try Directory.remove(deep)
      #expect(try names(in: path.appending("a/b")) == [])
      try File.replace(deep, with: [])
      #expect(code { try Directory.create(deep, .made) } == .alreadyExists)
    }
  }

  @Test func `a state directory is made with exact permissions, and accepted again`() throws {
    try onDisk(umask: 0o077) { path throws in
      let state = path.appending("state")
      try Directory.createState(state, permissions: 0o750)
      #expect(try permissions(of: state) == 0o750)
      try Directory.createState(state, permissions: 0o750)
      let error = errorThrown { try Directory.createState(state) }
      let reason = UnsafeDirectory.Reason.permissions(0o750, allowed: 0o700)
      #expect(
        error as? UnsafeDirectory == UnsafeDirectory(path: state.description, reason: reason))
    }
  }

  @Test func `a link or a file is no state directory, and stays as it is`() throws {
    try onDisk { path throws in
      try Directory.create(path.appending("target"), permissions: 0o755)
      try makeLink(at: path.appending("link"), to: "target")
      try File.replace(path.appending("file"), with: [])
      for name: RawString in ["link", "link/", "file"] {
        let error = errorThrown { try Directory.createState(path.appending(name)) }
        #expect((error as? UnsafeDirectory)?.reason == .notDirectory)
      }
      #expect(try names(in: path) == ["file", "link", "target"])
    }
  }

  @Test(.enabled(if: geteuid() == 0)) func `another user's directory is no state directory`() throws
  {
    try onDisk { path throws in
      let state = path.appending("state")
      try Directory.create(state, permissions: 0o700)
      try #require(unsafe chown(state.description, 12345, 12345) == 0)
      let error = errorThrown { try Directory.createState(state) }
      #expect((error as? UnsafeDirectory)?.reason == .owner(12345, expected: 0))
    }
  }

  @Test func `slashes at the end and double ones are no parts of a path`() throws {
    try onDisk { path throws in
      try Directory.create(path.appending("a//b/c//"), .made)
      try Directory.create(path.appending("a/b//c///"), .made)
      #expect(try names(in: path.appending("a/b")) == ["c"])
    }
  }

  @Test func `where nothing can be made although the parent is there, the error says so`() throws {
    try onDisk { _ throws in
      #expect(code { try Directory.create("/proc/none-such", .made) } == .notFound)
      #expect(code { try Directory.create("/proc/none-such/a/b", .made) } == .notFound)
    }
  }

  @Test(.enabled(if: geteuid() == 0)) func `what may be read and not searched is listed`() async {
    await #expect(processExitsWith: .success) {
      let place = try TemporaryPlace()
      try #require(unsafe mkdir("\(place.path)/d", 0o700) == 0)
      try #require(unsafe mknod("\(place.path)/d/f", S_IFREG | 0o600, 0) == 0)
      try #require(unsafe chmod(place.path, 0o755) == 0)
      try #require(unsafe chmod("\(place.path)/d", 0o444) == 0)
      try #require(seteuid(65534) == 0)
      // To remove it again takes root.
      defer { withExtendedLifetime(place) { _ = seteuid(0) } }
      let path = RawString("\(place.path)/d")
      try onDrift {
        let found = try Directory.entries(of: path).map(\.name)
        try #require(found == ["f"])
        var seen: [RawString] = []
        try Directory.walk(path) { step in
          seen.append(step.path)
          return .goOn
        }
        try #require(seen == ["f"])
      }
    }
  }

  @Test func `what is missing before a dot or two of them is made as well`() throws {
    try onDisk { path throws in
      try Directory.create(path.appending("a/./b"), .made)
      try Directory.create(path.appending("c/../d"), .made)
      try Directory.create(path.appending("e/."), .made)
      #expect(try names(in: path) == ["a", "c", "d", "e"])
      #expect(try names(in: path.appending("a")) == ["b"])
    }
  }
}
