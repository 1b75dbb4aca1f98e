import CoreShift
import Drift
import DriftTesting
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct CopyTests {
  /// A stream's bytes on their way: something to read them from, and something to write them to.
  enum Way: CaseIterable, CustomTestStringConvertible {
    case pipeToPipe, pipeToTCP, tcpToPipe, pipeToUnix, unixToPipe, tcpToTCP, unixToTCP, memoryToPipe
    case pipeToUnixStream, unixStreamToPipe

    var testDescription: String { "\(self)" }

    /// The kinds on both sides of the copy.
    var kinds: (StreamKind, StreamKind) {
      switch self {
      case .pipeToPipe: (.pipeStreams, .pipeStreams)
      case .pipeToTCP: (.pipe, .tcp)
      case .tcpToPipe: (.tcp, .pipe)
      case .pipeToUnix: (.pipe, .unix)
      case .unixToPipe: (.unix, .pipe)
      case .pipeToUnixStream: (.pipe, .unixStreams)
      case .unixStreamToPipe: (.unixStreams, .pipe)
      case .tcpToTCP: (.tcp, .tcp)
      case .unixToTCP: (.unix, .tcp)
      case .memoryToPipe: (.memory, .pipe)
      }
    }
  }

  @Test(arguments: Way.allCases)
  func `fifty megabytes arrive whole, and others run meanwhile`(way: Way) throws {
    try onDrift(within: .seconds(120)) { try copyFiftyMegabytes(way) }
  }

  @Test(arguments: [RefusedCall(.splice, with: EINVAL), RefusedCall(.pipe2, with: EMFILE)])
  func `where nothing can be moved inside of the kernel, sockets have a buffer between`(
    refused: RefusedCall
  ) throws {
    try withRefusedCalls([refused]) { try Drift.run { try copyFiftyMegabytes(.tcpToTCP) } }
  }

  @Test func `between sockets the bytes stay in the kernel once there are many`() throws {
    try withRefusedCalls([RefusedCall(.splice, with: EIO)]) {
      try Drift.run {
        let (before, behind) = (try StreamKind.unix.makeEnds(), try StreamKind.unix.makeEnds())
        try withScope(isolatingFailures: { _ in }) { scope throws in
          let copying = scope.spawn { try copy(from: before.reader, to: behind.writer) }
          try before.writer.write("few")
          #expect(try behind.reader.readExactly(3) == Array("few".utf8))
          let writing = scope.spawn {
            try before.writer.write([UInt8](repeating: 0, count: 1 << 20))
          }
          let reading = scope.spawn { try behind.reader.readExactly(1 << 20) }
          let error = errorThrown { _ = try copying.join() }
          #expect((error as? CoreError)?.operation == "splice")
          writing.cancel()
          reading.cancel()
        }
      }
    }
  }

  private func copyFiftyMegabytes(_ way: Way) throws {
    let (before, behind) = (try way.kinds.0.makeEnds(), try way.kinds.1.makeEnds())
    let block = seededBytes(50_021, seed: 3)
    let blocks = 1048
    var expected = ExpectedBytes(block)
    var turns = 0
    try withScope { scope in
      let copying = scope.spawn {
        let count = try copy(from: before.reader, to: behind.writer)
        behind.writer.close()
        return count
      }
      scope.spawn {
        for _ in 0..<blocks { try before.writer.write(block) }
        before.writer.close()
      }
      scope.spawn {
        while !copying.isFinished {
          turns += 1
          GreenThread.yield()
        }
      }
      var isRight = true
      var buffer = [UInt8](repeating: 0, count: 100_000)
      while case let count = try behind.reader.read(into: &buffer), count > 0 {
        isRight = isRight && expected.take(buffer[..<count])
      }
      let count = try copying.join()
      #expect(isRight && expected.count == block.count * blocks && count == expected.count)
    }
    // At most 64 KiB a turn, and 256 KiB between sockets.
    #expect(turns >= expected.count >> (way == .tcpToTCP || way == .unixToTCP ? 18 : 16))
  }

  @Test(arguments: [Way.pipeToPipe, .pipeToTCP, .pipeToUnixStream, .unixStreamToPipe])
  func `the bytes stay in the kernel where one side is a pipe`(way: Way) throws {
    try withRefusedCalls([RefusedCall(.splice, with: EIO)]) {
      try Drift.run {
        let (before, behind) = (try way.kinds.0.makeEnds(), try way.kinds.1.makeEnds())
        try before.writer.write("bytes")
        let error = errorThrown { try copy(from: before.reader, to: behind.writer) }
        #expect((error as? CoreError)?.operation == "splice")
        #expect(try before.reader.readExactly(5) == Array("bytes".utf8))
      }
    }
  }

  @Test(arguments: [StreamKind.pipe, .tcp])
  func `a copy that is cancelled says how much was taken, and no more arrives`(
    kind: StreamKind
  ) throws {
    try onDrift {
      let before = try StreamKind.pipe.makeEnds()
      let behind = try kind.makeEnds()
      let bytes = repeatedBytes(20 << 20, seed: 4)
      var count = 0
      try withScope { scope throws in
        let writing = scope.spawn { try before.writer.write(bytes) }
        #expect(throws: DeadlineExceeded.self) {
          try withTimeout(.milliseconds(100)) {
            try copy(from: before.reader, to: behind.writer, counting: &count)
          }
        }
        writing.cancel()
      }
      behind.writer.close()
      let received = try behind.reader.readAll(limit: 30 << 20)
      #expect(count > 0 && received.count == count)
      var expected = ExpectedBytes(bytes)
      let isRight = expected.take(received[...])
      #expect(isRight)
    }
  }

  @Test func `where nobody reads any more the copy ends with EPIPE, and no signal`() throws {
    try onDrift {
      for (source, target) in [(StreamKind.pipe, StreamKind.pipe), (.memory, .tcp)] {
        let before = try source.makeEnds()
        let behind = try target.makeEnds()
        let bytes = repeatedBytes(40 << 20, seed: 5)
        var count = 0
        try withScope(isolatingFailures: { _ in }) { scope throws in
          let writing = scope.spawn { try before.writer.write(bytes) }
          let copying = scope.spawn {
            try copy(from: before.reader, to: behind.writer, counting: &count)
            return count
          }
          _ = try behind.reader.readExactly(1000)
          behind.reader.close()
          let error = #expect(throws: CoreError.self) { try copying.join() }
          #expect(error?.code == .brokenPipe || error?.code == .connectionReset)
          writing.cancel()
        }
        #expect(count >= 1000)
      }
    }
  }

  @Test func `a closed side is ResourceClosed, and one in use ResourceBusy`() throws {
    try onDrift {
      let before = try StreamKind.pipe.makeEnds()
      let behind = try StreamKind.pipe.makeEnds()
      try withScope(isolatingFailures: { _ in }) { scope throws in
        let reading = scope.spawn {
          var buffer = [UInt8](repeating: 0, count: 1)
          return try before.reader.read(into: &buffer)
        }
        GreenThread.yield()
        #expect(throws: ResourceBusy.self) {
          try copy(from: before.reader, to: behind.writer)
        }
        reading.cancel()
        // A copy that waits for its source is one who reads.
        let copying = scope.spawn { try copy(from: before.reader, to: behind.writer) }
        try GreenThread.sleep(for: .milliseconds(2))
        before.reader.close()
        #expect(throws: ResourceClosed.self) { try copying.join() }
      }
      behind.writer.close()
      let other = try StreamKind.pipe.makeEnds()
      try other.writer.write("x")
      #expect(throws: ResourceClosed.self) { try copy(from: other.reader, to: behind.writer) }
    }
  }

  @Test func `what a reader has read ahead is copied first`() throws {
    try onDrift {
      let before = try StreamKind.pipe.makeEnds()
      let behind = try StreamKind.pipe.makeEnds()
      try before.writer.write("head\nthe rest")
      before.writer.close()
      let reader = BufferedReader(before.reader)
      #expect(try reader.readLine() == "head")
      #expect(try copy(from: reader, to: behind.writer) == 8)
      behind.writer.close()
      #expect(try behind.reader.readAll(limit: 100) == Array("the rest".utf8))
    }
  }
}
