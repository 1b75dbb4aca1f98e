import CoreShift
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

@Suite struct DirectoryDescriptorTests {
  @Test func `names are made, renamed and removed from an open directory`() throws {
    let directory = try TemporaryDirectory()
    let here = try DirectoryDescriptor(opening: RawString(directory.path))
    try here.makeDirectory("sub", permissions: 0o700)
    let sub = try here.openDirectory("sub")
    _ = try sub.open("file", for: .writing, .createNew)
    #expect(try sub.entries() == [DirectoryEntry(name: "file", kind: .regular)])
    try sub.rename("file", to: "moved", in: here)
    #expect(try here.entries().map(\.name) == ["moved", "sub"])
    try here.removeFile("moved")
    try here.removeDirectory("sub")
    try here.synchronize()
    #expect(try here.entries() == [])
  }

  @Test func `an open directory stays the same when it is renamed`() throws {
    let directory = try TemporaryDirectory()
    let here = try DirectoryDescriptor(opening: RawString(directory.path))
    try here.makeDirectory("old")
    let held = try here.openDirectory("old")
    try here.rename("old", to: "new", in: here)
    try here.makeDirectory("old")
    _ = try held.open("file", for: .writing, .createNew)
    #expect(try here.openDirectory("new").entries().map(\.name) == ["file"])
    #expect(try here.openDirectory("old").entries() == [])
    try held.removeFile("file")
    try here.removeDirectory("new")
    try here.removeDirectory("old")
  }

  @Test func `a link is not followed when told so`() throws {
    let directory = try TemporaryDirectory()
    let here = try DirectoryDescriptor(opening: RawString(directory.path))
    try #require(unsafe symlink("/tmp", "\(directory.path)/link") == 0)
    _ = try here.openDirectory("link")
    let error = #expect(throws: CoreError.self) {
      _ = try here.openDirectory("link", links: .notFollowed)
    }
    #expect(error?.code == .notDirectory)
    let open = #expect(throws: CoreError.self) {
      _ = try here.open("link", for: .reading, .noFollow)
    }
    #expect(open?.code == .symbolicLinkLoop)
  }

  @Test func `a rename that may not replace says so`() throws {
    let directory = try TemporaryDirectory()
    let here = try DirectoryDescriptor(opening: RawString(directory.path))
    for name: RawString in ["a", "b"] { _ = try here.open(name, for: .writing, .createNew) }
    let error = #expect(throws: CoreError.self) {
      try here.rename("a", to: "b", in: here, replacing: .refused)
    }
    #expect(error?.code == .alreadyExists)
    #expect(error?.operation == "renameat2")
  }

  @Test func `a path with a NUL in it is refused by every call`() throws {
    let path = RawString(bytes: [0x61, 0, 0x62])
    let here = DirectoryDescriptor.working
    let codes = [
      code { _ = try here.open(path, for: .reading) }, code { _ = try here.status(of: path) },
      code { try here.makeDirectory(path) }, code { try here.removeFile(path) },
      code { try here.removeDirectory(path) }, code { try here.rename(path, to: "x", in: here) },
      code { try here.rename("x", to: path, in: here) },
    ]
    #expect(codes == Array(repeating: .invalidArgument, count: 7))
  }

  @Test func `a kind that the directory does not know is asked of the file, or stays unknown`()
    throws
  {
    // Two records of getdents64: a name of unknown kind each, in 24 bytes.
    func record(_ name: String) -> [UInt8] {
      let text = Array(name.utf8) + [0]
      let padding = [UInt8](repeating: 0, count: 24 - 19 - text.count)
      return [UInt8](repeating: 0, count: 16) + [24, 0, 0] + text + padding
    }
    var entries: [DirectoryEntry] = []
    let records = record("null") + record(".") + record("..") + record("xyz")
    DirectoryDescriptor.parse(records[...], into: &entries)
    #expect(entries.map(\.name) == ["null", "xyz"])
    #expect(entries.map(\.kind) == [nil, nil])
    let devices = try DirectoryDescriptor(opening: "/dev")
    #expect(devices.lookedAt(entries[0]).kind == .characterDevice)
    #expect(devices.lookedAt(entries[1]).kind == nil)
  }

  @Test func `no descriptor is left where a call fails`() throws {
    try withOwnDescriptors {
      let outcomes = try failEachCall { () throws(CoreError) in
        let directory = try DirectoryDescriptor(opening: "/tmp")
        _ = try directory.entries()
        _ = try directory.open(".", for: .reading, .directory)
      }
      #expect(outcomes.count == 3)
    }
  }

  @Test func `to synchronize takes no further descriptor, but in the working directory`() throws {
    try withOwnDescriptors {
      let outcomes = try failEachCall { () throws(CoreError) in
        try DirectoryDescriptor(opening: "/tmp").synchronize()
      }
      #expect(outcomes.map { $0?.operation } == ["openat", "fsync"])
      let working = try failEachCall { () throws(CoreError) in
        try DirectoryDescriptor.working.synchronize()
      }
      #expect(working.map { $0?.operation } == ["openat", "fsync"])
    }
  }

  private func code(_ body: () throws -> Void) -> ErrorCode? {
    (errorThrown(by: body) as? CoreError)?.code
  }
}
