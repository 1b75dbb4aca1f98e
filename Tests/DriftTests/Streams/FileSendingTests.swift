import CoreShift
import Drift
import DriftTesting
import Glibc
import GreenThreads
import TestSupport
import Testing

/// Copies from a file that go on inside of the kernel.
@Suite struct FileSendingTests {
  static let targets: [StreamKind] = [.tcp, .unixStreams, .pipe, .pipeStreams]

  @Test(arguments: targets)
  func `a file arrives whole, from its position on, which moves to its end`(
    kind: StreamKind
  ) throws {
    try onDisk { path throws in
      let bytes = repeatedBytes(20 << 20, seed: 6)
      let file = try makeFile(at: path.appending("a"), bytes)
      try file.seek(to: 1000)
      let behind = try kind.makeEnds()
      try withScope { scope throws in
        let copying = scope.spawn {
          let count = try copy(from: file, to: behind.writer)
          behind.writer.close()
          return count
        }
        let received = try behind.reader.readAll(limit: 30 << 20)
        #expect(received == Array(bytes[1000...]))
        #expect(try copying.join() == received.count)
      }
      #expect(file.position == Int64(bytes.count))
    }
  }

  @Test func `the bytes stay in the kernel behind the first piece, and between two files`() throws {
    let refused = [RefusedCall(.sendfile, with: EIO), RefusedCall(.copyFileRange, with: EIO)]
    let place = try TemporaryPlace()
    try withRefusedCalls(refused) {
      try Drift.run {
        let file = try makeFile(at: RawString(place.path + "/a"), repeatedBytes(1 << 20, seed: 7))
        let behind = try StreamKind.unixStreams.makeEnds()
        var count = 0
        let sending = errorThrown { try copy(from: file, to: behind.writer, counting: &count) }
        #expect((sending as? CoreError)?.operation == "sendfile")
        #expect(count == 64 << 10 && file.position == 64 << 10)
        let other = try File(opening: RawString(place.path + "/b"), for: .writing, .createNew)
        let copying = errorThrown { try copy(from: file, to: other) }
        #expect((copying as? CoreError)?.operation == "copy_file_range")
      }
    }
  }

  @Test(arguments: [EINVAL, ENOSYS, EOPNOTSUPP])
  func `where the kernel cannot, the bytes go through a buffer`(code: Int32) throws {
    let refused = [RefusedCall(.sendfile, with: code), RefusedCall(.copyFileRange, with: code)]
    let place = try TemporaryPlace()
    try withRefusedCalls(refused) {
      try Drift.run {
        let bytes = repeatedBytes(1 << 20, seed: 8)
        let file = try makeFile(at: RawString(place.path + "/a"), bytes)
        let behind = try StreamKind.tcp.makeEnds()
        try withScope { scope throws in
          let copying = scope.spawn {
            let count = try copy(from: file, to: behind.writer)
            behind.writer.close()
            return count
          }
          #expect(try behind.reader.readAll(limit: 2 << 20) == bytes)
          #expect(try copying.join() == bytes.count)
        }
        try file.seek(to: 0)
        let other = try File(opening: RawString(place.path + "/b"), for: .both, .createNew)
        #expect(try copy(from: file, to: other) == bytes.count)
        #expect(try File.read(RawString(place.path + "/b"), limit: 2 << 20) == bytes)
      }
    }
  }

  @Test func `a file that says it is empty is read all the same`() throws {
    try onDisk { path throws in
      let file = try File(opening: "/proc/self/status")
      let copy = try File(opening: path.appending("status"), for: .writing, .createNew)
      #expect(try Drift.copy(from: file, to: copy) > 100)
    }
  }

  @Test func `from file to file both positions move, and appending appends`() throws {
    try onDisk { path throws in
      let bytes = repeatedBytes(1 << 20, seed: 9)
      let file = try makeFile(at: path.appending("a"), bytes)
      let other = try makeFile(at: path.appending("b"), Array("head".utf8))
      try other.seek(to: 4)
      #expect(try copy(from: file, to: other) == bytes.count)
      #expect(file.position == Int64(bytes.count) && other.position == Int64(bytes.count) + 4)
      let log = try File(opening: path.appending("b"), for: .writing, .append)
      try file.seek(to: Int64(bytes.count) - 3)
      #expect(try copy(from: file, to: log) == 3)
      let whole = try File.read(path.appending("b"), limit: 2 << 20)
      #expect(whole == Array("head".utf8) + bytes + bytes.suffix(3))
    }
  }

  @Test func `a copy that is cancelled says how much was taken, and no more arrives`() throws {
    try onDisk { path throws in
      let bytes = repeatedBytes(20 << 20, seed: 4)
      let file = try makeFile(at: path.appending("a"), bytes)
      let behind = try StreamKind.tcp.makeEnds()
      var count = 0
      // Nobody reads, so it must come to wait.
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(100)) {
          try copy(from: file, to: behind.writer, counting: &count)
        }
      }
      #expect(file.position == Int64(count))
      behind.writer.close()
      let received = try behind.reader.readAll(limit: 30 << 20)
      #expect(count > 64 << 10 && received == Array(bytes[..<count]))
    }
  }

  @Test func `nobody writes in the middle of what the kernel copies`() throws {
    try onDisk { path throws in
      let bytes = repeatedBytes(20 << 20, seed: 5)
      let file = try makeFile(at: path.appending("a"), bytes)
      let (near, far) = try UnixStream.pair()
      try withScope { scope throws in
        let copying = scope.spawn {
          defer { near.close() }
          _ = try copy(from: file, to: near)
        }
        scope.spawn {
          while file.position < 1 << 20 { GreenThread.yield() }
          while !copying.isFinished {
            #expect(errorThrown { try near.write("x") } != nil)
            GreenThread.yield()
          }
        }
        let received = try far.readAll(limit: 30 << 20)
        #expect(received == bytes)
      }
    }
  }

  @Test func `closing either side ends a copy, and a target in use is busy`() throws {
    try onDisk { path throws in
      let file = try makeFile(at: path.appending("a"), repeatedBytes(20 << 20, seed: 4))
      for closesFile in [false, true] {
        try file.seek(to: 0)
        let (near, far) = try UnixStream.pair()
        try withScope(isolatingFailures: { _ in }) { scope throws in
          let copying = scope.spawn { try copy(from: file, to: near) }
          while SchedulerSnapshot().observations[0].count == 0 || file.position < 100_000 {
            try GreenThread.sleep(for: .milliseconds(1))
          }
          try GreenThread.sleep(for: .milliseconds(5))
          #expect(errorThrown { try near.write("x") } is ResourceBusy)
          if closesFile {
            file.close()
            far.close()
          } else {
            near.close()
            _ = try far.readAll(limit: 30 << 20)
          }
          let error = errorThrown { _ = try copying.join() }
          let code = (error as? CoreError)?.code
          #expect(error is ResourceClosed || closesFile && code == .brokenPipe)
        }
      }
    }
  }

  @Test func `a file is copied onto its own end once, by whichever way`() throws {
    try onDisk { path throws in
      let bytes = repeatedBytes(100_000, seed: 3)
      let file = try makeFile(at: path.appending("a"), bytes)
      let end = try File(opening: path.appending("a"), for: .writing)
      try end.seek(to: 100_000)
      let log = try File(opening: path.appending("a"), for: .writing, .append)
      let itself = try File(opening: path.appending("a"), for: .both, .append)
      // More would fill the disk.
      try withTimeout(.seconds(20)) { () throws in
        #expect(try copy(from: file, to: end) == 100_000)
        #expect(end.position == 200_000)
        #expect(try copy(from: file, to: log) == 100_000)
        #expect(try copy(from: itself, to: itself) == 300_000)
      }
      let whole = try File.read(path.appending("a"), limit: 1 << 20)
      #expect(whole == [[UInt8]](repeating: bytes, count: 6).flatMap(\.self))
    }
  }

  @Test func `a file is not copied over what is still to be copied, and may be moved up`() throws {
    try onDisk { path throws in
      let bytes = repeatedBytes(300_000, seed: 3)
      let file = try makeFile(at: path.appending("a"), bytes)
      let behind = try File(opening: path.appending("a"), for: .writing)
      try behind.seek(to: 1)
      let refusal = errorThrown { try copy(from: file, to: behind) }
      #expect((refusal as? CoreError)?.code == .invalidArgument)
      #expect(try file.readAll(limit: 1 << 20) == bytes)
      try file.seek(to: 1000)
      try behind.seek(to: 0)
      #expect(try copy(from: file, to: behind) == 299_000)
      let whole = try File.read(path.appending("a"), limit: 1 << 20)
      #expect(whole == Array(bytes[1000...] + bytes.suffix(1000)))
    }
  }

  private func makeFile(at path: RawString, _ bytes: [UInt8]) throws -> File {
    let file = try File(opening: path, for: .both, .createNew)
    try file.write(bytes)
    try file.seek(to: 0)
    return file
  }
}
