import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

@Suite struct FileStatusTests {
  @Test func `a status says kind, size, owner, permissions and identity`() throws {
    let file = try TemporaryFile(contents: "hello", mode: 0o640)
    let status = try DirectoryDescriptor.working.status(of: RawString(file.path))
    #expect(status.kind == .regular)
    #expect(status.size == 5)
    #expect(status.permissions == 0o640)
    #expect(status.user == geteuid())
    #expect(status.linkCount == 1)
    let descriptor = try Fd(opening: RawString(file.path), for: .reading)
    #expect(try descriptor.status().identity == status.identity)
    #expect(try !descriptor.status().differs(from: status))
  }

  @Test func `every field is what stat says`() throws {
    let directory = try TemporaryDirectory()
    let file = try TemporaryFile(contents: "hello", mode: 0o640)
    try #require(unsafe symlink("nowhere", "\(directory.path)/link") == 0)
    // Neither of the two is a time of now, and they differ from each other.
    var times = [
      timespec(tv_sec: 1_000_000_000, tv_nsec: 123_456_789),
      timespec(tv_sec: -86_400, tv_nsec: 987_654_321),
    ]
    try #require(unsafe utimensat(AT_FDCWD, file.path, &times, 0) == 0)
    let paths = [file.path, directory.path, "\(directory.path)/link", "/dev/null", "/"]
    for path in paths {
      var raw = stat()
      try #require(unsafe lstat(path, &raw) == 0)
      let status = try DirectoryDescriptor.working.status(
        of: RawString(path), links: .notFollowed)
      #expect(status.permissions == raw.st_mode & 0o7777)
      #expect(status.size == Int64(raw.st_size))
      #expect(status.user == raw.st_uid && status.group == raw.st_gid)
      #expect(status.identity.device == UInt64(raw.st_dev))
      #expect(status.identity.inode == UInt64(raw.st_ino))
      #expect(status.linkCount == UInt64(raw.st_nlink))
      #expect(isSame(status.modified, raw.st_mtim))
      #expect(isSame(status.changed, raw.st_ctim))
      #expect(isSame(status.accessed, raw.st_atim))
    }
    let status = try DirectoryDescriptor.working.status(of: RawString(file.path))
    #expect(status.accessed.seconds == 1_000_000_000 && status.accessed.nanoseconds == 123_456_789)
    #expect(status.modified.seconds == -86_400 && status.modified.nanoseconds == 987_654_321)
  }

  private func isSame(_ time: FileTime, _ raw: timespec) -> Bool {
    time.seconds == Int64(raw.tv_sec) && time.nanoseconds == UInt32(raw.tv_nsec)
  }

  @Test func `two files differ in identity, two names of one file do not`() throws {
    let directory = try TemporaryDirectory()
    for name in ["one", "other"] {
      let path = RawString("\(directory.path)/\(name)")
      _ = try Fd(opening: path, for: .writing, .createNew)
    }
    try #require(unsafe link("\(directory.path)/one", "\(directory.path)/again") == 0)
    let here = try DirectoryDescriptor(opening: RawString(directory.path))
    let one = try here.status(of: "one")
    #expect(try here.status(of: "other").identity != one.identity)
    #expect(try here.status(of: "again").identity == one.identity)
    #expect(one.linkCount == 2)
  }

  @Test func `other permissions are a change of the status and not of the contents`() throws {
    let file = try TemporaryFile(contents: "hello", mode: 0o600)
    let descriptor = try Fd(opening: RawString(file.path), for: .both)
    let before = try descriptor.status()
    // The file system's clock may tick a hundred times a second only.
    var after = before
    for _ in 0..<1000 where after.changed == before.changed {
      usleep(10_000)
      try descriptor.setPermissions(0o640)
      after = try descriptor.status()
    }
    #expect(after.changed > before.changed)
    #expect(after.modified == before.modified)
    #expect(after.permissions == 0o640)
    #expect(after.differs(from: before))
  }

  @Test func `a change is seen by its times or its size`() throws {
    let file = try TemporaryFile(contents: "hello", mode: 0o600)
    let descriptor = try Fd(opening: RawString(file.path), for: .both)
    let before = try descriptor.status()
    try descriptor.truncate(to: 3)
    let after = try descriptor.status()
    #expect(after.differs(from: before))
    #expect(after.size == 3)
    #expect(after.modified >= before.modified)
    #expect(after.changed >= after.modified || after.modified >= before.changed)
  }

  @Test func `a link is looked at itself or followed`() throws {
    let directory = try TemporaryDirectory()
    try #require(unsafe symlink("nowhere", "\(directory.path)/link") == 0)
    let here = try DirectoryDescriptor(opening: RawString(directory.path))
    #expect(try here.status(of: "link", links: .notFollowed).kind == .symbolicLink)
    #expect(try here.status(of: "link", links: .notFollowed).size == 7)
    let error = #expect(throws: CoreError.self) { try here.status(of: "link") }
    #expect(error?.code == .notFound)
  }

  @Test func `a status of a closed descriptor is EBADF`() {
    let error = #expect(throws: CoreError.self) {
      _ = try Fd.borrowing(1 << 20) { file throws(CoreError) in try file.status() }
    }
    #expect(error?.code == .badDescriptor)
  }
}
