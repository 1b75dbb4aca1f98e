import Drift
import DriftTesting
import TestSupport
import Testing

@Suite struct ScriptedPeerTests {
  /// What `peer` throws when the other side does `client`.
  private func failure(
    of steps: [ScriptedPeer.Step], against client: @escaping (MemoryStream) throws -> Void
  ) throws -> String? {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair()
      return try withScope { scope in
        let other = scope.spawn { try client(near) }
        defer { other.cancel() }
        do {
          try ScriptedPeer("the server", steps).run(on: far)
          return nil
        } catch let error as ScriptBroken {
          return error.description
        }
      }
    }
  }

  @Test func `a conversation that keeps to the script succeeds, in any pieces`() throws {
    let steps: [ScriptedPeer.Step] = [
      .send("220 ready\r\n"), .expectLine("EHLO me"), .pause(.seconds(60)), .sendBytes([0, 1]),
      .expectBytes([2, 3]), .expectLine("QUIT"), .endSending, .expectEnd,
    ]
    let failure = try failure(of: steps) { client in
      #expect(try client.readExactly(11) == Array("220 ready\r\n".utf8))
      for byte in "EHLO me\r\n".utf8 {
        try client.write([byte])
        GreenThread.yield()
      }
      #expect(try client.readExactly(2) == [0, 1])
      try client.write([2, 3] + Array("QUIT\n".utf8))
      #expect(try client.readAll(limit: 1) == [])
      client.close()
    }
    #expect(failure == nil)
  }

  @Test func `a wrong line is shown beside the one that was expected`() throws {
    let failure = try failure(of: [.expectLine("EHLO me")]) { try $0.write("HELO me\r\n") }
    #expect(
      failure == #"the server, step 1: expected the line "EHLO me", got "HELO me\r\n""#)
  }

  @Test func `a wrong byte is told before the last one has come`() throws {
    let failure = try failure(of: [.pause(.seconds(1)), .expectBytes([1, 2, 3])]) {
      try $0.write([1, 34, 200])
    }
    #expect(
      failure == #"the server, step 2: expected "\x01\x02\x03", got "\x01\"\xc8""#)
  }

  @Test func `an early end is told with what had come`() throws {
    let line = try failure(of: [.expectLine("PING")]) { client in
      try client.write("PI")
      client.close()
    }
    #expect(
      line == #"the server, step 1: expected the line "PING", got "PI" and then the end of the"#
        + " stream")
    let bytes = try failure(of: [.expectBytes([1])]) { $0.close() }
    #expect(bytes == #"the server, step 1: expected "\x01", got the end of the stream"#)
  }

  @Test func `more than the script has is told where the end was expected`() throws {
    let failure = try failure(of: [.expectBytes([1]), .expectEnd]) { try $0.write([1, 65]) }
    #expect(failure == #"the server, step 2: expected the end of the stream, got "A""#)
  }

  @Test func `a silent other side is told after the limit`() throws {
    let failure = try failure(of: [.expectLine("PING")]) { client in
      try client.write("PI")
      try GreenThread.sleep(for: .seconds(100))
    }
    #expect(failure?.contains(#"expected the line "PING", got "PI", and no more in"#) == true)
  }

  @Test func `a reset reaches the other side, and a read of it is told`() throws {
    let failure = try failure(of: [.expectBytes([1]), .reset, .expectEnd]) { client in
      try client.write([1])
      #expect(throws: CoreError(operation: "read", code: .connectionReset)) {
        try client.readExactly(1)
      }
    }
    #expect(failure?.hasPrefix("the server, step 3: expected the end of the stream, got") == true)
    #expect(failure?.hasSuffix("a memory stream is closed") == true)
  }

  @Test func `a long message is cut`() throws {
    let failure = try failure(of: [.expectLine("x")]) {
      try $0.write([UInt8](repeating: 65, count: 1000) + [10])
    }
    #expect(failure?.hasSuffix("A\" and 801 bytes more") == true)
  }
}
