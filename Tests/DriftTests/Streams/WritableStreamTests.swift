import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct WritableStreamTests {
  @Test func `everything is written, however little is taken at a time`() throws {
    let stream = PieceStream(room: 2)
    try stream.write("abc")
    try stream.write(Array("de".utf8))
    try stream.write(Array("-fghij-".utf8)[1...5])
    #expect(stream.taken == Array("abcdefghij".utf8))
  }

  @Test func `writing nothing asks nothing of the stream`() throws {
    let stream = PieceStream(breaksAfter: 0)
    try stream.write("")
    try stream.write([UInt8]())
    #expect(throws: PieceStream.Broken.self) { try stream.write("a") }
  }

  @Test func `an error leaves the count of what was taken, and a later write goes on there`()
    throws
  {
    let bytes = Array("abcdef".utf8)
    let broken = PieceStream(room: 2, breaksAfter: 4)
    var taken = 0
    #expect(throws: PieceStream.Broken.self) { try broken.write(bytes, counting: &taken) }
    #expect(taken == 4)
    let other = PieceStream()
    try other.write(bytes, counting: &taken)
    #expect(taken == 6 && other.taken == Array("ef".utf8))
    for wrong in [-1, 7] {
      taken = wrong
      #expect(throws: InvalidArgument.self) { try other.write(bytes, counting: &taken) }
      #expect(taken == wrong)
    }
  }

  @Test func `a timeout leaves the count of what a pipe has taken`() throws {
    try onDrift {
      let (reader, writer) = try makePipe()
      let bytes = noise(300_000, seed: 7)
      var taken = 0
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(5)) {
          try writer.write(bytes, counting: &taken)
        }
      }
      #expect(taken > 0 && taken < bytes.count)
      writer.close()
      #expect(try readAll(reader) == Array(bytes[..<taken]))
    }
  }

  @Test func `ending the sending twice, and after the connection, is harmless`() throws {
    try onDrift {
      let (client, server) = try connectedPair()
      try client.shutdownWrite()
      try client.shutdownWrite()
      #expect(throws: CoreError.self) { try client.write("more") }
      try server.write("answer")
      try server.shutdownWrite()
      #expect(try client.readAll(limit: 100) == Array("answer".utf8))
      try client.shutdownWrite()
      client.close()
      #expect(throws: ResourceClosed.self) { try client.shutdownWrite() }
    }
  }

  @Test func `a pipe cannot end one direction alone`() throws {
    try onDrift {
      let (_, writer) = try makePipe()
      let error = #expect(throws: CoreError.self) { try writer.shutdownWrite() }
      #expect(error?.code == .notSocket)
    }
  }
}
