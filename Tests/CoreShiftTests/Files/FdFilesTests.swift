import CoreShift
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

@Suite struct FdFilesTests {
  @Test func `permissions and the owner are set as they are given`() throws {
    let file = try TemporaryFile(contents: "", mode: 0o600)
    let descriptor = try Fd(opening: RawString(file.path), for: .both)
    try descriptor.setPermissions(0o666)
    #expect(try descriptor.status().permissions == 0o666)
    try descriptor.setOwner(user: nil, group: nil)
    #expect(try descriptor.status().user == geteuid())
  }

  @Test(.enabled(if: geteuid() == 0)) func `the owner changes alone or with the group`() throws {
    let file = try TemporaryFile(contents: "", mode: 0o600)
    let descriptor = try Fd(opening: RawString(file.path), for: .both)
    try descriptor.setOwner(user: 1234, group: nil)
    #expect(try descriptor.status().user == 1234)
    #expect(try descriptor.status().group == getegid())
    try descriptor.setOwner(user: nil, group: 4321)
    #expect(try descriptor.status().user == 1234)
    #expect(try descriptor.status().group == 4321)
  }

  @Test func `a lock is refused while somebody else holds it`() throws {
    let file = try TemporaryFile(contents: "", mode: 0o600)
    let first = try Fd(opening: RawString(file.path), for: .both)
    let second = try Fd(opening: RawString(file.path), for: .both)
    #expect(try first.tryLock(.exclusive))
    #expect(try !second.tryLock(.shared))
    try first.unlock()
    #expect(try second.tryLock(.shared))
    #expect(try first.tryLock(.shared))
  }

  @Test func `what was just written is in memory, or the file system cannot tell`() throws {
    let file = try TemporaryFile(contents: "hello", mode: 0o600)
    let descriptor = try Fd(opening: RawString(file.path), for: .both)
    var buffer = [UInt8](repeating: 0, count: 8)
    for (offset, expected) in [(0, ReadOutcome.bytes(5)), (5, .end)] {
      do {
        let outcome = try unsafe buffer.withUnsafeMutableBytes {
          try unsafe descriptor.readCached(into: $0, at: Int64(offset))
        }
        #expect(outcome == expected)
      } catch let error as CoreError {
        #expect(error.code == .notSupported)
      }
    }
  }

  @Test func `a file system that cannot tell says so`() throws {
    let descriptor = try Fd(opening: "/proc/self/status", for: .reading)
    var buffer = [UInt8](repeating: 0, count: 8)
    let error = #expect(throws: CoreError.self) {
      try unsafe buffer.withUnsafeMutableBytes {
        _ = try unsafe descriptor.readCached(into: $0, at: 0)
      }
    }
    #expect(error?.code == .notSupported)
  }

  @Test(arguments: [
    FileAdvice.normal, .sequential, .random, .willNeed, .dontNeed,
  ])
  func `advice is taken about every part of a file, also beyond its end`(advice: FileAdvice) throws
  {
    let file = try TemporaryFile(contents: "hello", mode: 0o600)
    let descriptor = try Fd(opening: RawString(file.path), for: .reading)
    try descriptor.advise(advice)
    try descriptor.advise(advice, from: 3, count: 0)
    try descriptor.advise(advice, from: 1, count: 7)
    try descriptor.advise(advice, from: 1 << 40, count: .max)
    #expect(try readAll(descriptor) == Array("hello".utf8))
  }

  @Test func `advice about a pipe, a closed number or less than nothing is an error`() throws {
    let file = try TemporaryFile(contents: "hello", mode: 0o600)
    let descriptor = try Fd(opening: RawString(file.path), for: .reading)
    func code(_ body: () throws(CoreError) -> Void) -> ErrorCode? {
      do throws(CoreError) {
        try body()
        return nil
      } catch {
        return error.code
      }
    }
    let pipe = try Pipe()
    #expect(code { () throws(CoreError) in try pipe.readEnd.advise(.willNeed) } == .illegalSeek)
    let negative = code { () throws(CoreError) in try descriptor.advise(.willNeed, from: -1) }
    #expect(negative == .invalidArgument)
    let less = code { () throws(CoreError) in
      try descriptor.advise(.willNeed, from: 0, count: -1)
    }
    #expect(less == .invalidArgument)
    let closed = code { () throws(CoreError) in
      try Fd.borrowing(1 << 20) { file throws(CoreError) in try file.advise(.normal) }
    }
    #expect(closed == .badDescriptor)
  }

  @Test func `synchronizing a pipe is EINVAL`() throws {
    let pipe = try Pipe()
    let error = #expect(throws: CoreError.self) { try pipe.writeEnd.synchronize(.all) }
    #expect(error?.code == .invalidArgument)
    #expect(error?.operation == "fsync")
  }

  @Test func `a range of less than nothing is EINVAL, and copies nothing`() throws {
    let source = try TemporaryFile(contents: "hello", mode: 0o600)
    let target = try TemporaryFile(contents: "", mode: 0o600)
    let from = try Fd(opening: RawString(source.path), for: .reading)
    let to = try Fd(opening: RawString(target.path), for: .writing)
    let expected = CoreError(
      operation: "copy_file_range", code: .invalidArgument, subject: .argument("count"))
    #expect(throws: expected) { try from.copyRange(at: 0, to: to, at: 0, count: -1) }
    #expect(try to.status().size == 0)
  }

  @Test func `a range is copied within the kernel, or the error says why not`() throws {
    let source = try TemporaryFile(contents: "0123456789", mode: 0o600)
    let target = try TemporaryFile(contents: "abcdefghij", mode: 0o600)
    let from = try Fd(opening: RawString(source.path), for: .reading)
    let to = try Fd(opening: RawString(target.path), for: .both)
    #expect(try from.copyRange(at: 2, to: to, at: 5, count: 3) == 3)
    #expect(try from.copyRange(at: 10, to: to, at: 5, count: 3) == 0)
    var buffer = [UInt8](repeating: 0, count: 16)
    #expect(try to.read(into: &buffer) == .bytes(10))
    #expect(String(decoding: buffer[..<10], as: UTF8.self) == "abcde234ij")
    let pipe = try Pipe()
    let error = #expect(throws: CoreError.self) {
      try from.copyRange(at: 0, to: pipe.writeEnd, at: 0, count: 1)
    }
    #expect(error?.code == .invalidArgument)
  }
}
