import CoreShift
import Testing

@Suite struct FdCachedTests {
  @Test func `an offset before the beginning is refused, and the position stays`() throws {
    let file = try TemporaryFile(contents: "0123456789", mode: 0o600)
    let descriptor = try Fd(opening: RawString(file.path), for: .both)
    try descriptor.seek(to: 4)
    for offset in [-1, -2, .min] as [Int64] {
      let read = Result { () throws(CoreError) in
        var buffer: [UInt8] = [0, 0]
        var span = buffer.mutableSpan
        _ = try unsafe span.withUnsafeMutableBytes { bytes throws(CoreError) in
          try unsafe descriptor.readCached(into: bytes, at: offset)
        }
      }
      #expect(failureCode(read) == .invalidArgument)
      let write = Result { () throws(CoreError) in
        let bytes: [UInt8] = [1, 2]
        _ = try unsafe bytes.span.withUnsafeBytes { bytes throws(CoreError) in
          try unsafe descriptor.writeCached(bytes, at: offset)
        }
      }
      #expect(failureCode(write) == .invalidArgument)
    }
    #expect(try descriptor.seek(to: 0, from: .current) == 4)
  }

  private func failureCode(_ result: Result<Void, CoreError>) -> ErrorCode? {
    if case .failure(let error) = result { error.code } else { nil }
  }
}
