import Drift
import Testing

@testable import KeyValueServer

@Suite struct SessionTests {
  /// Runs `client` against a session, all in memory and on virtual time.
  private func converse(
    on store: Store = Store(), _ client: (MemoryStream) throws -> Void
  ) throws {
    try GreenThreads.run(on: VirtualTime()) {
      let (near, far) = MemoryStream.pair()
      try withScope { scope in
        scope.spawn(name: "session") {
          defer { far.close() }
          try Session(on: store).serve(far)
        }
        try client(near)
        near.close()
      }
    }
  }

  @Test func `requests that come together are answered in their order`() throws {
    try converse { client in
      try client.write("SET a 1\r\nINCR a\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n")
      try client.shutdownWrite()
      let answer = try client.readAll(limit: 1_000)
      #expect(String(decoding: answer, as: UTF8.self) == "+OK\r\n:2\r\n$1\r\n2\r\n")
    }
  }

  @Test func `a bad request gets an error and keeps the connection`() throws {
    try converse { client in
      try client.write("INCR\r\nPING\r\n")
      try client.shutdownWrite()
      let answer = String(decoding: try client.readAll(limit: 1_000), as: UTF8.self)
      #expect(answer == "-ERR wrong number of arguments for 'incr' command\r\n+PONG\r\n")
    }
  }

  @Test func `who breaks the protocol is told so, after what came before, and cut off`() throws {
    try converse { client in
      try client.write("PING\r\n*1\r\nPING\r\nPING\r\n")
      let answer = String(decoding: try client.readAll(limit: 1_000), as: UTF8.self)
      #expect(answer == "+PONG\r\n-ERR Protocol error: expected '$', got 'P'\r\n")
    }
  }

  @Test func `who says goodbye gets an answer and the end`() throws {
    try converse { client in
      try client.write("quit\r\nPING\r\n")
      #expect(try client.readAll(limit: 1_000) == Array("+OK\r\n".utf8))
    }
  }

  @Test func `a client that leaves within a request harms nobody`() throws {
    let store = Store()
    try converse(on: store) { client in
      try client.write("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nhel")
    }
    #expect(store.count == 0)
  }

  @Test func `a small request cannot ask for all memory`() throws {
    let store = Store()
    try GreenThreads.run(on: VirtualTime()) {
      store.set(Array("big".utf8), to: [UInt8](repeating: 7, count: 1 << 20))
    }
    try converse(on: store) { client in
      try client.write("MGET" + String(repeating: " big", count: 65) + "\r\nPING\r\n")
      try client.shutdownWrite()
      let answer = String(decoding: try client.readAll(limit: 1_000), as: UTF8.self)
      #expect(answer == "-ERR the answer would be too large\r\n+PONG\r\n")
    }
  }

  @Test func `a client may be silent for ever, unless there is a limit`() throws {
    try converse { client in
      try GreenThread.sleep(for: .seconds(1_000_000))
      try client.write("PING\r\n")
      #expect(try client.readExactly(7) == Array("+PONG\r\n".utf8))
    }
  }

  @Test func `a limit begins anew with whatever a client sends, also half a request`() throws {
    try GreenThreads.run(on: VirtualTime()) {
      let (client, server) = MemoryStream.pair()
      try withScope { scope in
        scope.spawn(name: "client") {
          for piece in ["PING\r\n", "PI", "NG", "\r\n"] {
            try GreenThread.sleep(for: .seconds(59))
            try client.write(piece)
          }
        }
        let start = Instant.now
        #expect(throws: DeadlineExceeded.self) {
          try Session(on: Store(), idleLimit: .seconds(60)).serve(server)
        }
        #expect(Instant.now - start == .seconds(4 * 59 + 60))
        server.close()
      }
      #expect(try client.readAll(limit: 1_000) == Array("+PONG\r\n+PONG\r\n".utf8))
    }
  }

  @Test func `a client that takes no answers is given up`() throws {
    let store = Store()
    try GreenThreads.run(on: VirtualTime()) {
      store.set(Array("big".utf8), to: [UInt8](repeating: 7, count: 1 << 20))
    }
    #expect(throws: DeadlineExceeded.self) {
      try converse(on: store) { client in
        try client.write("GET big\r\n")
        try GreenThread.sleep(for: .seconds(3_600))
      }
    }
  }

  @Test(arguments: ["QUIT", "*x"])
  func `a client that takes no answers is given up, also with its last one`(end: String) throws {
    let store = Store()
    try GreenThreads.run(on: VirtualTime()) {
      store.set(Array("some".utf8), to: [UInt8](repeating: 7, count: 60 << 10))
      let (client, server) = MemoryStream.pair(capacity: 100)
      try withScope { scope in
        // The answer waits to be sent with the last one.
        scope.spawn(name: "client") { try client.write("GET some\r\n\(end)\r\n") }
        try GreenThread.sleep(for: .seconds(1))
        try withTimeout(.seconds(3_600)) {
          let start = Instant.now
          #expect(throws: DeadlineExceeded.self) { try Session(on: store).serve(server) }
          #expect(Instant.now - start == .seconds(60))
        }
      }
    }
  }

  @Test func `a client that asks and does not read holds up only itself`() throws {
    let store = Store()
    try GreenThreads.run(on: VirtualTime()) {
      store.set(Array("big".utf8), to: [UInt8](repeating: 7, count: 1 << 20))
      let (greedy, one) = MemoryStream.pair()
      let (modest, other) = MemoryStream.pair()
      try withScope { scope in
        for stream in [one, other] {
          scope.spawn(name: "session") { try Session(on: store).serve(stream) }
        }
        try greedy.write(String(repeating: "GET big\r\n", count: 100))
        try modest.write("PING\r\n")
        #expect(try modest.readExactly(7) == Array("+PONG\r\n".utf8))
        // What it has asked for is all there once it reads.
        for _ in 0..<100 {
          let answer = try greedy.readExactly("$1048576\r\n".utf8.count + (1 << 20) + 2)
          #expect(answer.suffix(3) == [7, 13, 10])
        }
        greedy.close()
        modest.close()
      }
    }
  }
}
