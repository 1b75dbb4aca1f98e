import CoreShift
import Drift
import DriftTesting
import GreenThreads
import TestSupport
import Testing

/// Every operation in every state that forbids it: the documented error, on every kind of stream.
@Suite struct StreamErrorTests {
  /// What can be done with a stream that is read.
  static let reads: [StreamCall<any ReadableStream>] = [
    (
      "read(into: span)",
      { stream in
        var bytes = [UInt8](repeating: 0, count: 8)
        var span = bytes.mutableSpan
        var buffer = unsafe span.mutableBytes
        _ = try stream.read(into: &buffer)
      }
    ),
    (
      "read(into: array)",
      { stream in
        var buffer = [UInt8](repeating: 0, count: 8)
        _ = try stream.read(into: &buffer)
      }
    ),
    ("readExactly", { _ = try $0.readExactly(8) }),
    ("readAll", { _ = try $0.readAll(limit: 8) }),
    ("readLine", { _ = try BufferedReader($0).readLine() }),
    ("withLine", { _ = try BufferedReader($0).withLine { _ in } }),
    ("readPiece", { _ = try BufferedReader($0).readPiece(endingWith: [0]) }),
    ("withBytes", { try BufferedReader($0).withBytes(8) { _ in } }),
    ("peek", { _ = try BufferedReader($0).peek(8) }),
    ("skip", { _ = try BufferedReader($0).skip(8) }),
    ("copy from", { try copy(from: $0, to: PieceStream()) }),
    ("splice from", { try copy(from: $0, to: Pipe.makeStreams().writer) }),
  ]

  /// What can be done with a stream that is written.
  static let writes: [StreamCall<any WritableStream>] = [
    ("writeSome", { _ = try unsafe $0.writeSome([1, 2].span.bytes) }),
    ("writeSome then", { _ = try unsafe $0.writeSome([1].span.bytes, then: [2].span.bytes) }),
    ("writeSome gathering", { _ = try $0.writeSome(gathering: [[1], [2]], behind: 0) }),
    ("write array", { try $0.write([1, 2]) }),
    ("write slice", { try $0.write([1, 2, 3][1...]) }),
    ("write text", { try $0.write("text") }),
    ("write gathering", { try $0.write(gathering: [[1], [2]]) }),
    (
      "flush",
      { stream in
        let writer = BufferedWriter(stream)
        try writer.write("x")
        try writer.flush()
      }
    ),
    (
      "shutdownWrite flushes",
      { stream in
        let writer = BufferedWriter(stream)
        try writer.write("x")
        try writer.shutdownWrite()
      }
    ),
    ("copy to", { try copy(from: PieceStream(["x"]), to: $0) }),
    (
      "splice to",
      { stream in
        let (reader, writer) = try Pipe.makeStreams()
        try writer.write("x")
        try copy(from: reader, to: stream)
      }
    ),
  ]

  @Test(arguments: StreamKind.allCases)
  func `a closed stream is ResourceClosed to every operation`(kind: StreamKind) throws {
    try onDrift {
      let ends = try kind.makeEnds()
      ends.reader.close()
      ends.writer.close()
      for read in Self.reads {
        #expect(throws: ResourceClosed.self, "\(read.name)") { try read.call(ends.reader) }
      }
      for write in Self.writes {
        #expect(throws: ResourceClosed.self, "\(write.name)") { try write.call(ends.writer) }
      }
      #expect(throws: ResourceClosed.self) { try ends.writer.shutdownWrite() }
    }
  }

  @Test(arguments: StreamKind.allCases)
  func `in a cancelled scope every operation is Cancelled, and nothing moves`(
    kind: StreamKind
  ) throws {
    try onDrift {
      let ends = try kind.makeEnds()
      try ends.writer.write("12345678")
      try withScope { scope in
        let child = scope.spawn {
          GreenThread.yield()
          for read in Self.reads {
            #expect(throws: Cancelled.self, "\(read.name)") { try read.call(ends.reader) }
          }
          for write in Self.writes {
            #expect(throws: Cancelled.self, "\(write.name)") { try write.call(ends.writer) }
          }
        }
        GreenThread.yield()
        child.cancel()
        try child.join()
      }
      #expect(try ends.reader.readExactly(8) == Array("12345678".utf8))
      try ends.writer.write("x")
      #expect(try ends.reader.readExactly(1) == Array("x".utf8))
    }
  }

  @Test(arguments: StreamKind.allCases)
  func `while another reads or writes every operation is ResourceBusy`(kind: StreamKind) throws {
    try onDrift {
      let ends = try kind.makeEnds()
      try withScope(isolatingFailures: { _ in }) { scope in
        let reading = scope.spawn { try ends.reader.readExactly(1) }
        GreenThread.yield()
        for read in Self.reads {
          #expect(throws: ResourceBusy.self, "\(read.name)") { try read.call(ends.reader) }
        }
        try ends.writer.write("x")
        #expect(try reading.join() == Array("x".utf8))
        let bytes = [UInt8](repeating: 7, count: 16 << 20)
        let writing = scope.spawn { try ends.writer.write(bytes) }
        // Its turns are over once it waits for room.
        for _ in 0..<10_000 where !writing.isFinished { GreenThread.yield() }
        for write in Self.writes {
          #expect(throws: ResourceBusy.self, "\(write.name)") { try write.call(ends.writer) }
        }
        writing.cancel()
      }
    }
  }
}

/// An operation by its name.
typealias StreamCall<Stream> = (name: String, call: @Sendable (Stream) throws -> Void)
