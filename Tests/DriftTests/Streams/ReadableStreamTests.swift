import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct ReadableStreamTests {
  @Test func `reading exactly joins pieces and leaves what lies behind`() throws {
    let stream: any ReadableStream = PieceStream(["ab", "c", "defg"])
    #expect(try stream.readExactly(5) == Array("abcde".utf8))
    #expect(try stream.readExactly(0) == [])
    #expect(try stream.readExactly(2) == Array("fg".utf8))
  }

  @Test func `an early end says how far the stream came`() throws {
    let stream = PieceStream(["ab", "c"])
    #expect(throws: StreamEnded(received: 3, expected: 4)) { try stream.readExactly(4) }
  }

  @Test(arguments: [1 << 40, Int.max])
  func `a count that nobody sends takes no memory`(count: Int) throws {
    #expect(throws: StreamEnded(received: 3, expected: count)) {
      try PieceStream(["ab", "c"]).readExactly(count)
    }
  }

  @Test func `many bytes are whole, also where the memory for them grows as they come`() throws {
    let pieces = (0..<50).map { String(repeating: "\($0) ", count: 20_011) }
    let whole = Array(pieces.joined().utf8)
    try #require(whole.count > 2 << 20)
    let stream = PieceStream(pieces + ["behind"])
    #expect(try stream.readExactly(whole.count) == whole)
    #expect(try stream.readExactly(6) == Array("behind".utf8))
  }

  @Test func `a negative count is an error`() throws {
    #expect(throws: InvalidArgument.self) { try PieceStream(["ab"]).readExactly(-1) }
  }

  @Test func `reading all stops at the limit, and a stream of just that many bytes is whole`()
    throws
  {
    #expect(try PieceStream(["ab", "cd"]).readAll(limit: 4) == Array("abcd".utf8))
    #expect(throws: LimitExceeded("bytes of a stream", limit: 3)) {
      try PieceStream(["ab", "cd"]).readAll(limit: 3)
    }
    #expect(try PieceStream().readAll(limit: 0) == [])
  }

  @Test func `an array is filled from its start`() throws {
    var buffer = Array("------".utf8)
    #expect(try PieceStream(["abc"]).read(into: &buffer) == 3)
    #expect(buffer == Array("abc---".utf8))
  }

  @Test func `a span is filled to its end, or as far as the stream comes`() throws {
    let stream = PieceStream(["ab", "c", "def", "gh"])
    var buffer = [UInt8](repeating: 0, count: 4)
    try fill(&buffer, from: stream)
    #expect(buffer == Array("abcd".utf8))
    try fill(&buffer, from: stream)
    #expect(buffer == Array("efgh".utf8))
    #expect(throws: StreamEnded(received: 0, expected: 4)) { try fill(&buffer, from: stream) }
    #expect(throws: StreamEnded(received: 1, expected: 4)) {
      try fill(&buffer, from: PieceStream(["x"]))
    }
    #expect(buffer == Array("xfgh".utf8))
  }

  private func fill(_ buffer: inout [UInt8], from stream: PieceStream) throws {
    try unsafe buffer.withUnsafeMutableBytes { bytes in
      var span = unsafe bytes.mutableBytes
      try stream.readExactly(into: &span)
    }
  }

  @Test func `a span of a descriptor and of a socket is filled where bytes are`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      let connection = try connectedPair()
      let pairs: [(any ReadableStream, any WritableStream)] = [
        (reader, writer), (connection.client, connection.server),
      ]
      for (source, target) in pairs {
        try target.write("hello")
        target.close()
        #expect(try source.readExactly(5) == Array("hello".utf8))
        #expect(throws: StreamEnded(received: 0, expected: 1)) { try source.readExactly(1) }
      }
    }
  }
}
