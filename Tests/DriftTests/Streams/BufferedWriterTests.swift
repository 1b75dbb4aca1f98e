import CoreShift
import Drift
import DriftTesting
import GreenThreads
import TestSupport
import Testing

@Suite struct BufferedWriterTests {
  @Test func `nothing is sent before a flush, and everything by it`() throws {
    try onVirtualTime {
      let stream = CountingStream()
      let writer = BufferedWriter(stream)
      for _ in 0..<100 { try writer.write("0123456789") }
      #expect(stream.calls == 0 && writer.unflushedCount == 1000)
      try writer.flush()
      #expect(stream.calls == 1 && stream.taken.count == 1000 && writer.unflushedCount == 0)
      try writer.flush()
      #expect(stream.calls == 1)
    }
  }

  @Test func `what does not fit goes out with what was collected, by one call`() throws {
    try onVirtualTime {
      let stream = CountingStream()
      let writer = BufferedWriter(stream, capacity: 8)
      try writer.write("head ")
      try writer.write("and a body")
      #expect(stream.taken == Array("head and a body".utf8))
      #expect(stream.calls == 1 && writer.unflushedCount == 0)
      // Nothing is collected: there is no reason to copy.
      try writer.write("another body")
      #expect(stream.calls == 2 && writer.unflushedCount == 0)
    }
  }

  @Test func `bytes keep their order, whatever their sizes and however little is taken`() throws {
    let seed = UInt64.random(in: 1...1_000_000)
    try onVirtualTime {
      var sizes = SeededGenerator(seed: seed)
      for capacity in [1, 2, 17, 1000] {
        let stream = PieceStream(room: 5)
        let writer = BufferedWriter(stream, capacity: capacity)
        let bytes = noise(3000, seed: seed)
        var rest = bytes[...]
        while !rest.isEmpty {
          let size = Int.random(in: 0...40, using: &sizes)
          try writer.write(rest.prefix(size))
          rest = rest.dropFirst(size)
          if size % 7 == 0 { try writer.flush() }
        }
        try writer.flush()
        #expect(stream.taken == bytes, "capacity \(capacity), seed \(seed)")
      }
    }
  }

  @Test func `an error loses nothing: what was not taken stays`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair(capacity: 4)
      let writer = BufferedWriter(near, capacity: 10)
      try writer.write("0123456789")
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.seconds(1)) { try writer.flush() }
      }
      #expect(writer.unflushedCount == 6)
      var taken = 0
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.seconds(1)) { try writer.write(Array("abcdefgh".utf8), counting: &taken) }
      }
      #expect(taken == 0 && writer.unflushedCount == 6)
      var received: [UInt8] = []
      try withScope { scope throws in
        scope.spawn { received = try far.readAll(limit: 100) }
        try writer.write("-")
        try writer.shutdownWrite()
      }
      #expect(received == Array("0123456789-".utf8))
    }
  }

  @Test func `closing does not flush, and the count says what is lost`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair()
      let writer = BufferedWriter(near)
      try writer.write("kept back")
      writer.close()
      #expect(writer.unflushedCount == 9)
      #expect(try far.readAll(limit: 100) == [])
      #expect(throws: ResourceClosed.self) { try writer.flush() }
      #expect(throws: ResourceClosed.self) { try writer.write("x") }
      #expect(throws: ResourceClosed.self) { try writer.shutdownWrite() }
    }
  }

  @Test func `while one flushes, another is busy, and nobody is disturbed`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair(capacity: 4)
      let writer = BufferedWriter(near)
      try writer.write("0123456789")
      try withScope { scope throws in
        scope.spawn { try writer.flush() }
        GreenThread.yield()
        #expect(throws: ResourceBusy.self) { try writer.write("x") }
        #expect(throws: ResourceBusy.self) { try writer.flush() }
        #expect(try far.readExactly(10) == Array("0123456789".utf8))
      }
    }
  }

  @Test func `the sending is not ended beside a write that waits`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair(capacity: 10)
      let writer = BufferedWriter(near)
      let bytes = noise(100_000, seed: 1)
      try withScope { scope throws in
        scope.spawn {
          try writer.write(bytes)
          try writer.flush()
        }
        GreenThread.yield()
        #expect(throws: ResourceBusy.self) { try writer.shutdownWrite() }
        #expect(try far.readExactly(bytes.count) == bytes)
      }
      try writer.shutdownWrite()
      #expect(try far.readAll(limit: 1) == [])
    }
  }

  @Test func `several pieces go to a pipe, a Unix socket and TCP by one call`() throws {
    try onDrift {
      for kind in [StreamKind.pipe, .unix, .unixStreams, .tcp] {
        let ends = try kind.makeEnds()
        let pieces = [Array("one".utf8), [], Array("two".utf8), Array("three".utf8)]
        #expect(try ends.writer.writeSome(gathering: pieces, behind: 0) == 11)
        #expect(try ends.writer.writeSome(gathering: pieces, behind: 4) == 7)
        #expect(try ends.writer.writeSome(gathering: pieces, behind: 11) == 0)
        #expect(try ends.reader.readExactly(18) == Array("onetwothreewothree".utf8))
        let many = (0..<1000).map { noise($0 % 300, seed: UInt64($0)) }
        try withScope { scope throws in
          scope.spawn { try ends.writer.write(gathering: many) }
          let all = [UInt8](many.joined())
          #expect(try ends.reader.readExactly(all.count) == all)
        }
      }
    }
  }

  @Test func `pieces that a stream cannot take together are written one by one`() throws {
    let stream = PieceStream(room: 2)
    try stream.write(gathering: [Array("one".utf8), [], Array("two".utf8)])
    #expect(stream.taken == Array("onetwo".utf8))
    let broken = PieceStream(room: 2, breaksAfter: 4)
    var taken = 0
    #expect(throws: PieceStream.Broken.self) {
      try broken.write(gathering: [[1, 2, 3], [4, 5, 6]], counting: &taken)
    }
    #expect(taken == 5)
    taken = 7
    #expect(throws: InvalidArgument.self) {
      try broken.write(gathering: [[1, 2, 3], [4, 5, 6]], counting: &taken)
    }
  }

  @Test func `two pieces go out by one call`() throws {
    try onDrift {
      for kind in [StreamKind.pipe, .unix, .unixStreams, .tcp] {
        let ends = try kind.makeEnds()
        let writer = BufferedWriter(ends.writer, capacity: 4)
        try writer.write("head")
        try writer.write("and body")
        #expect(writer.unflushedCount == 0)
        #expect(try ends.reader.readExactly(12) == Array("headand body".utf8))
      }
    }
  }
}

/// Takes everything, and counts the calls.
private final class CountingStream: WritableStream {
  private(set) var calls = 0
  private(set) var taken: [UInt8] = []

  func writeSome(_ bytes: RawSpan) throws -> Int {
    calls += 1
    unsafe bytes.withUnsafeBytes { unsafe taken.append(contentsOf: $0) }
    return bytes.byteCount
  }

  func writeSome(_ first: RawSpan, then second: RawSpan) throws -> Int {
    let count = try writeSome(first)
    calls -= 1
    return try count + writeSome(second)
  }

  func shutdownWrite() {}
  func close() {}
}
