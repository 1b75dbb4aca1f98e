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

  @Test(arguments: [File.CopyFallback.none, .readingAndWriting])
  func `a copy behind a file's own end stops at what it had`(fallback: File.CopyFallback) throws {
    try onDisk { path throws in
      let bytes = noise(100_000, seed: 8)
      let file = try File(opening: path.appending("a"), for: .both, .createNew)
      try file.write(bytes)
      let other = try File(opening: path.appending("a"), for: .both)
      for (target, size) in [(file, 100_000), (other, 200_000)] as [(File, Int64)] {
        // More would fill the disk.
        try withTimeout(.seconds(20)) {
          let copied = try file.copyContents(to: target, at: size, fallback: fallback)
          #expect(copied.byteCount == size)
        }
      }
      #expect(try File.read(path.appending("a"), limit: 1 << 20) == bytes + bytes + bytes + bytes)
      let none = try file.copyContents(from: 1 << 30, to: other, at: 0, fallback: fallback)
      #expect(none.byteCount == 0)
    }
  }

  @Test(arguments: [File.CopyFallback.none, .readingAndWriting])
  func `a copy over what is copied is refused, and changes nothing`(fallback: File.CopyFallback)
    throws
  {
    try onDisk { path throws in
      let bytes = noise(3 << 20, seed: 9)
      let file = try File(opening: path.appending("a"), for: .both, .createNew)
      try file.write(bytes)
      for (offset, target) in [(0, 2 << 20), (1, 0), (0, 0), (-1, 0)] as [(Int64, Int64)] {
        let refusal = code {
          try file.copyContents(from: offset, to: file, at: target, fallback: fallback)
        }
        #expect(refusal == .invalidArgument)
      }
      try file.seek(to: 0)
      #expect(try file.readAll(limit: 4 << 20) == bytes)
    }
  }
}
