import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

// What a peer can do to a stream.
@Suite struct TCPPeerTests {
  @Test func `a reset wakes who reads and who writes with an error`() throws {
    try onDrift {
      let (stream, peer) = try streamWithBarePeer()
      var errors: [CoreError] = []
      try withScope { scope in
        scope.spawn {
          do { _ = try read(stream) } catch let error as CoreError { errors.append(error) }
        }
        scope.spawn {
          do {
            try stream.write([UInt8](repeating: 0, count: 64 << 20))
          } catch let error as CoreError { errors.append(error) }
        }
        try GreenThread.sleep(for: .milliseconds(10))
        #expect(errors.isEmpty)
        reset(peer)
      }
      #expect(errors.count == 2)
      #expect(errors.contains { $0.code == .connectionReset })
      #expect(errors.allSatisfy { [.connectionReset, .brokenPipe].contains($0.code) })
      // Broken stays broken, and never parks.
      try withTimeout(.seconds(20)) {
        #expect(throws: CoreError.self) { try stream.write([1]) }
        let rest = try read(stream)
        #expect(rest == [])
      }
    }
  }

  @Test func `a write to who has gone is an error, not a signal`() throws {
    try onDrift {
      let (client, server) = try connectedPair()
      server.close()
      let error = #expect(throws: CoreError.self) {
        for _ in 0..<100 {
          try client.write([UInt8](repeating: 1, count: 4096))
          try GreenThread.sleep(for: .milliseconds(1))
        }
      }
      #expect([.connectionReset, .brokenPipe].contains(try #require(error).code))
    }
  }

  @Test func `urgent data hides nothing behind a short read`() throws {
    try onDrift {
      let (stream, peer) = try streamWithBarePeer()
      defer { close(peer) }
      // Everything is there before the first read.
      try send("before", on: peer)
      try send("!", on: peer, flags: MSG_OOB)
      try send("behind", on: peer)
      try GreenThread.sleep(for: .milliseconds(5))
      try expect("beforebehind", from: stream)
      // A first, short read, and then the urgent byte.
      try send("one", on: peer)
      try expect("one", from: stream)
      try send("two", on: peer)
      try send("!", on: peer, flags: MSG_OOB)
      try send("three", on: peer)
      try expect("twothree", from: stream)
      try send("four", on: peer)
      try expect("four", from: stream)
    }
  }

  @Test func `the first urgent byte on a parked reader hides nothing either`() throws {
    try onDrift {
      let (stream, peer) = try streamWithBarePeer()
      defer { close(peer) }
      var text = ""
      try withScope { scope in
        let reading = scope.spawn {
          while text.utf8.count < 6 { text += String(decoding: try read(stream), as: UTF8.self) }
        }
        try GreenThread.sleep(for: .milliseconds(5))
        try send("abc", on: peer)
        try send("!", on: peer, flags: MSG_OOB)
        try send("def", on: peer)
        try reading.join(within: .seconds(20))
      }
      #expect(text == "abcdef")
    }
  }

  @Test func `an end that comes right behind data is seen`() throws {
    try onDrift {
      for _ in 0..<200 {
        let (stream, peer) = try streamWithBarePeer()
        try withTimeout(.seconds(20)) {
          try send("a", on: peer)
          #expect(try read(stream) == [UInt8(ascii: "a")])
          try send("b", on: peer)
          close(peer)
          #expect(try readAll(stream) == [UInt8(ascii: "b")])
        }
      }
    }
  }

  private func expect(_ expected: String, from stream: TCPStream) throws {
    var text = ""
    try withTimeout(.seconds(20)) {
      while text.utf8.count < expected.utf8.count {
        text += String(decoding: try read(stream), as: UTF8.self)
      }
    }
    #expect(text == expected)
  }
}
