import Drift
import SocksServer
import Testing

@Suite struct SocksSessionTests {
  /// Runs `client` against a session that goes out by `connect`, over the loopback interface.
  ///
  /// - Returns: what the session threw.
  private func converse(
    patience: Duration, connect: @escaping (Destination) throws -> TCPStream,
    _ client: @escaping (TCPStream) throws -> Void
  ) throws -> (any Error)? {
    try Drift.run {
      let listener = try TCPListener(bind: "127.0.0.1", port: 0)
      // Who is not let go ends then, and the test fails.
      return try withTimeout(.seconds(30)) {
        try withScope { scope in
          scope.spawn(name: "client") {
            let stream = try TCPStream(connect: listener.localAddress)
            defer { stream.close() }
            try client(stream)
          }
          let stream = try listener.accept()
          defer { stream.close() }
          do {
            try SocksSession(patience: patience, connect: connect).serve(stream)
            return nil
          } catch {
            return error
          }
        }
      }
    }
  }

  private static let request: [UInt8] = [5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 80]

  @Test(arguments: [0, 3, request.count - 1])
  func `a client that stops within its handshake is let go`(sent: Int) throws {
    let error = try converse(patience: .seconds(2), connect: SocksSession.connect) { client in
      try client.write(Self.request[..<sent])
      // Nothing beyond the agreement on the method, and then the end.
      #expect(try client.readAll(limit: 100) == (sent < 3 ? [] : [5, 0]))
    }
    #expect(error is DeadlineExceeded)
  }

  @Test func `a way that does not open is told as such, in time`() throws {
    let nowhere: (Destination) throws -> TCPStream = { _ in
      while true { try GreenThread.sleep(for: .seconds(3_600)) }
    }
    let error = try converse(patience: .seconds(2), connect: nowhere) { client in
      try client.write(Self.request)
      let answer: [UInt8] = [5, Answer.timedOut.rawValue, 0, 1, 0, 0, 0, 0, 0, 0]
      #expect(try client.readAll(limit: 100) == [5, 0] + answer)
    }
    #expect(error == nil)
  }

  @Test(
    arguments: [
      ([5, 1, 0, 5, 2, 0, 1, 127, 0, 0, 1, 0, 80], [5, 0, 5, 7, 0, 1, 0, 0, 0, 0, 0, 0]),
      ([5, 1, 0, 5, 1, 0, 9, 127, 0, 0, 1, 0, 80], [5, 0, 5, 8, 0, 1, 0, 0, 0, 0, 0, 0]),
      ([4, 1, 0, 80, 127, 0, 0, 1, 0], []),
    ] as [([UInt8], [UInt8])])
  func `who is not understood reads the answer and the end, whatever it has sent`(
    bytes: [UInt8], answer: [UInt8]
  ) throws {
    let error = try converse(patience: .seconds(20), connect: SocksSession.connect) { client in
      try client.write(bytes)
      // The session has ended before it is read.
      try GreenThread.sleep(for: .milliseconds(100))
      #expect(try client.readAll(limit: 100) == answer)
    }
    #expect(error is HandshakeError)
  }

  @Test func `a tunnel may be silent for longer than its handshake`() throws {
    try Drift.run {
      let target = try TCPListener(bind: "127.0.0.1", port: 0)
      defer { target.close() }
      let proxy = try TCPListener(bind: "127.0.0.1", port: 0)
      try withScope { scope in
        scope.spawn(name: "target") {
          let stream = try target.accept()
          try copy(from: stream, to: stream)
          stream.close()
        }
        scope.spawn(name: "proxy") {
          let stream = try proxy.accept()
          try SocksSession(patience: .seconds(2)) { _ in
            try TCPStream(connect: target.localAddress, options: SocksSession.options)
          }.serve(stream)
          stream.close()
        }
        let client = try TCPStream(connect: proxy.localAddress)
        try client.write(Self.request)
        _ = try client.readExactly(12)
        try GreenThread.sleep(for: .milliseconds(2_500))
        try client.write("hello")
        #expect(try client.readExactly(5) == Array("hello".utf8))
        client.close()
      }
    }
  }

  @Test func `what is cut short is a reset for both sides, and no end`() throws {
    try Drift.run {
      let target = try TCPListener(bind: "127.0.0.1", port: 0)
      defer { target.close() }
      let proxy = try TCPListener(bind: "127.0.0.1", port: 0)
      try withScope { scope in
        let server = scope.spawn(name: "target") {
          let stream = try target.accept()
          try stream.write("half of it")
          return stream
        }
        let tunnel = scope.spawn(name: "proxy") {
          let stream = try proxy.accept()
          try SocksSession { _ in try TCPStream(connect: target.localAddress) }.serve(stream)
        }
        let client = try TCPStream(connect: proxy.localAddress)
        try client.write(Self.request)
        #expect(try client.readExactly(12 + 10).suffix(10) == Array("half of it".utf8))
        tunnel.cancel()
        for stream in [client, try server.join()] {
          let error = #expect(throws: CoreError.self) { try stream.readAll(limit: 100) }
          #expect(error?.code == .connectionReset)
          stream.close()
        }
      }
    }
  }

  @Test func `both connections of a session notice who has gone without a word`() throws {
    try Drift.run {
      let listener = try TCPListener(
        bind: "127.0.0.1", port: 0, options: SocksSession.options)
      let way = try SocksSession.connect(to: .address(listener.localAddress))
      let client = try listener.accept()
      for stream in [way, client] {
        try stream.withSocket { socket throws(CoreError) in
          #expect(try Socket.isEnabled(.keepAlive, on: socket))
          #expect(try Socket.isEnabled(.noDelay, on: socket))
        }
        stream.close()
      }
      listener.close()
    }
  }
}
