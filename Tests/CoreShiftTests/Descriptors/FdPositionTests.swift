import CoreShift
import Glibc
import Testing

@Suite struct FdPositionTests {
  /// A new file without a name, open for reading and writing.
  private func makeFile() throws -> Fd {
    var path = Array("/tmp/coreshift-XXXXXX".utf8CString)
    let number = unsafe mkstemp(&path)
    unsafe unlink(path)
    return try Fd(adopting: number)
  }

  private func read(
    _ buffer: inout [UInt8], from file: borrowing Fd, at offset: Int64
  ) throws(CoreError) -> ReadOutcome {
    var span = buffer.mutableSpan
    return try unsafe span.withUnsafeMutableBytes { bytes throws(CoreError) in
      try unsafe file.read(into: bytes, at: offset)
    }
  }

  private func write(
    _ bytes: [UInt8], to file: borrowing Fd, at offset: Int64
  ) throws(CoreError) -> WriteOutcome {
    try unsafe bytes.span.withUnsafeBytes { bytes throws(CoreError) in
      try unsafe file.write(bytes, at: offset)
    }
  }

  @Test func `reads and writes anywhere and leaves the position`() throws {
    let file = try makeFile()
    #expect(try file.write([1, 2, 3, 4]) == .bytes(4))
    #expect(try write([9], to: file, at: 1) == .bytes(1))
    var buffer = [UInt8](repeating: 0, count: 3)
    #expect(try read(&buffer, from: file, at: 1) == .bytes(3))
    #expect(buffer == [9, 3, 4])
    #expect(try read(&buffer, from: file, at: 4) == .end)
    #expect(try file.seek(to: 0, from: .current) == 4)
  }

  @Test func `seeks from the start, the position and the end`() throws {
    let file = try makeFile()
    #expect(try file.write([1, 2, 3, 4]) == .bytes(4))
    #expect(try file.seek(to: 1) == 1)
    #expect(try file.seek(to: 1, from: .current) == 2)
    #expect(try file.seek(to: -1, from: .end) == 3)
    var buffer: [UInt8] = [0, 0]
    #expect(try file.read(into: &buffer) == .bytes(1))
    #expect(buffer == [4, 0])
    #expect(try file.read(into: &buffer) == .end)
  }

  @Test func `a pipe has no position`() throws {
    let pipe = try Pipe()
    let outcome = Result { () throws(CoreError) in try pipe.readEnd.seek(to: 0) }
    #expect(
      outcome
        == .failure(
          CoreError(
            operation: "lseek", code: .illegalSeek, subject: .descriptor(pipe.readEnd.rawValue))))
  }
}
