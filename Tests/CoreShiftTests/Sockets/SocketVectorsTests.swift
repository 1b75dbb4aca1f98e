import CoreShift
import TestSupport
import Testing

@Suite struct SocketVectorsTests {
  @Test func `two pieces are sent together, either of them empty or not`() throws {
    let pair = try UnixSocket.makePair()
    var buffer = [UInt8](repeating: 0, count: 8)
    for (first, second) in [("ab", "cd"), ("", "abcd"), ("abcd", "")] {
      let (first, second) = (Array(first.utf8), Array(second.utf8))
      let outcome = try unsafe Socket.send(
        first.span.bytes, then: second.span.bytes, to: pair.first)
      #expect(outcome == .bytes(4))
      #expect(try Socket.receive(&buffer, from: pair.second) == .bytes(4))
      #expect(buffer[..<4].elementsEqual("abcd".utf8))
    }
  }

  @Test func `nothing is no bytes, also where nobody is`() throws {
    let pair = try UnixSocket.makePair()
    let socket = pair.first
    let gone = pair.second
    try gone.close()
    let nothing: [UInt8] = []
    let outcome = try unsafe Socket.send(nothing.span.bytes, then: nothing.span.bytes, to: socket)
    #expect(outcome == .bytes(0))
  }

  @Test func `would-block and EPIPE are told apart, and no signal comes`() throws {
    // Of its own, so that no child of another test holds a copy of the end that goes.
    try withOwnDescriptors {
      let pair = try UnixSocket.makePair()
      let socket = pair.first
      let peer = pair.second
      let piece = [UInt8](repeating: 7, count: 60_000)
      var outcome = WriteOutcome.bytes(0)
      while outcome != .wouldBlock {
        outcome = try unsafe Socket.send(piece.span.bytes, then: piece.span.bytes, to: socket)
      }
      try peer.close()
      let error = #expect(throws: CoreError.self) {
        try unsafe Socket.send(piece.span.bytes, then: piece.span.bytes, to: socket)
      }
      #expect(error?.code == .brokenPipe && error?.operation == "sendmsg")
    }
  }
}
