import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct PipeStreamTests {
  @Test func `what goes in comes out, and then the end`() throws {
    try onDrift {
      let (reader, writer) = try Pipe.makeStreams()
      try writer.write("hello")
      try writer.shutdownWrite()
      #expect(try reader.readAll(limit: 100) == Array("hello".utf8))
      #expect(throws: ResourceClosed.self) { try writer.write("more") }
      try writer.shutdownWrite()
      writer.close()
      #expect(throws: ResourceClosed.self) { try writer.shutdownWrite() }
    }
  }

  @Test func `where nobody reads any more a write is EPIPE, and no signal`() throws {
    // Of its own, so that no child of another test holds a copy of the end that goes.
    try onDriftWithOwnDescriptors {
      let (reader, writer) = try Pipe.makeStreams()
      reader.close()
      let error = #expect(throws: CoreError.self) { try writer.write("x") }
      #expect(error?.code == .brokenPipe)
    }
  }

  @Test func `letting go of an end closes it`() throws {
    try onDrift {
      var ends: (reader: PipeReader, writer: PipeWriter)? = try Pipe.makeStreams()
      let reader = try #require(ends).reader
      ends = nil
      #expect(try reader.readAll(limit: 1) == [])
    }
  }

  @Test func `a blocking end is refused, and closed`() throws {
    try onDriftWithOwnDescriptors {
      let pipe = try Pipe(readEnd: .blocking, writeEnd: .nonBlocking)
      let number = pipe.readEnd.release()
      let writer = try PipeWriter(adopting: pipe.writeEnd)
      let refusal = #expect(throws: CoreError.self) {
        try PipeReader(adopting: Fd(adopting: number))
      }
      #expect(refusal?.code == .invalidArgument)
      // Nobody is left to read.
      let error = #expect(throws: CoreError.self) { try writer.write("x") }
      #expect(error?.code == .brokenPipe)
    }
  }
}
