import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct FileCopyTests {
  @Test func `contents are copied from an offset to an offset, and positions stay`() throws {
    try onDisk { path throws in
      let bytes = noise(200_000, seed: 4)
      let source = try File(opening: path.appending("a"), for: .both, .createNew)
      let target = try File(opening: path.appending("b"), for: .both, .createNew)
      try source.write(bytes)
      try target.write("head")
      let copied = try source.copyContents(
        from: 100_000, to: target, at: 4, fallback: .readingAndWriting)
      #expect(copied.byteCount == 100_000)
      #expect(source.position == 200_000)
      #expect(target.position == 4)
      #expect(try target.readAll(limit: 1 << 20) == Array(bytes[100_000...]))
    }
  }

  @Test func `where the kernel cannot, the error is thrown, or the bytes are read and written`()
    throws
  {
    try onDisk { path throws in
      let source = try File(opening: "/proc/self/status")
      let target = try File(opening: path.appending("b"), for: .both, .createNew)
      let error = errorThrown { try source.copyContents(to: target) }
      if let error { #expect(error is CoreError) }
      #expect(try target.status().size == 0)
      let copied = try source.copyContents(to: target, fallback: .readingAndWriting)
      #expect(!copied.isInKernel)
      #expect(try target.readText(limit: 1 << 20).contains("Threads:"))
    }
  }

  @Test func `a target that cannot be written is an error`() throws {
    try onDisk { path throws in
      let source = try File(opening: path.appending("a"), for: .both, .createNew)
      try source.write("x")
      let target = try File(opening: path.appending("a"))
      let refusal = code {
        try source.copyContents(to: target, at: 10, fallback: .readingAndWriting)
      }
      #expect(refusal == .badDescriptor)
    }
  }
}
