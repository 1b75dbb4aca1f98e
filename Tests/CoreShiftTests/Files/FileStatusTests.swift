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
