import Drift
import Testing

@testable import KeyValueServer

@Suite struct CommandTableTests {
  /// The replies to some lines, on virtual time; `wait SECONDS` lets time pass.
  private func replies(to lines: String...) throws -> String {
    try GreenThreads.run(on: VirtualTime()) {
      let store = Store()
      var replies = Replies()
      for line in lines {
        let request = Request(try splitLine(Array(line.utf8)[...]))
        if line.hasPrefix("wait ") {
          try GreenThread.sleep(for: .seconds(request.integer(1)))
        } else {
          try CommandTable.standard.run(request, on: store, &replies)
        }
      }
      return String(decoding: replies.bytes, as: UTF8.self)
        .split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "|")
    }
  }

  @Test func `a client is answered`() throws {
    #expect(try replies(to: "ping", "PING hi", "echo x") == "+PONG|$2|hi|$1|x|")
  }

  @Test func `what is set is there until it is deleted`() throws {
    #expect(
      try replies(to: "get a", "set a 1", "get a", "del a b", "get a", "del a")
        == "$-1|+OK|$1|1|:1|$-1|:0|")
  }

  @Test func `a number is written in one way, and a time has an end`() throws {
    let error = "-ERR value is not an integer or out of range|"
    #expect(
      try replies(to: "set a 007", "incr a", "set a -0", "incr a")
        == "+OK|" + error + "+OK|" + error)
    #expect(
      try replies(to: "set a 1", "expire a 9223372036854775807", "expire a -9223372036854775807")
        == "+OK|" + String(repeating: "-ERR invalid expire time in 'expire' command|", count: 2))
  }

  @Test func `a name with a NUL is not the name without it`() throws {
    #expect(try replies(to: #""\x00get" a"#).hasPrefix("-ERR unknown command"))
  }

  @Test func `a condition may be said again, and no other one`() throws {
    #expect(
      try replies(to: "set a 1 NX NX", "set a 2 XX XX", "set a 3 NX XX")
        == "+OK|+OK|-ERR syntax error|")
  }

  @Test func `many are asked for at once`() throws {
    #expect(try replies(to: "set a 1", "mget a b a") == "+OK|*3|$1|1|$-1|$1|1|")
  }

  @Test func `a number counts up from nothing, and keeps its end`() throws {
    #expect(
      try replies(to: "incr n", "incr n", "expire n 10", "incrby n 40", "ttl n", "decr n")
        == ":1|:2|:1|:42|:10|:41|")
  }

  @Test func `what is no number, or would overflow, stays as it was`() throws {
    #expect(
      try replies(to: "set a x", "incr a", "get a")
        == "+OK|-ERR value is not an integer or out of range|$1|x|")
    #expect(
      try replies(to: "set a 9223372036854775807", "incr a", "get a")
        == "+OK|-ERR increment or decrement would overflow|$19|9223372036854775807|")
  }

  @Test func `a key ends at its time, and not before`() throws {
    #expect(
      try replies(to: "set a 1 ex 10", "wait 9", "get a", "ttl a", "wait 1", "get a", "ttl a")
        == "+OK|$1|1|:1|$-1|:-2|")
  }

  @Test func `setting again forgets the end, and so does deleting`() throws {
    #expect(
      try replies(to: "set a 1 ex 5", "set a 2", "ttl a", "expire a 5", "del a", "set a 3", "ttl a")
        == "+OK|+OK|:-1|:1|:1|+OK|:-1|")
  }

  @Test func `a time in the past ends the key at once`() throws {
    #expect(
      try replies(to: "set a 1", "expire a -1", "get a", "expire a 5") == "+OK|:1|$-1|:0|")
  }

  @Test func `a condition decides whether it is set`() throws {
    #expect(
      try replies(to: "set a 1 xx", "set a 2 nx", "set a 3 nx", "set a 4 xx", "get a")
        == "$-1|+OK|$-1|+OK|$1|4|")
  }

  @Test(arguments: [
    ("set a 1 ex", "-ERR syntax error|"),
    ("set a 1 nx xx", "-ERR syntax error|"),
    ("set a 1 ex 1 px 1", "-ERR syntax error|"),
    ("set a 1 maybe", "-ERR syntax error|"),
    ("set a 1 ex x", "-ERR value is not an integer or out of range|"),
    ("set a 1 ex 0", "-ERR invalid expire time in 'set' command|"),
    ("set a 1 px 9223372036854775807", "-ERR invalid expire time in 'set' command|"),
    ("set a", "-ERR wrong number of arguments for 'set' command|"),
    ("get", "-ERR wrong number of arguments for 'get' command|"),
    ("nope a b", "-ERR unknown command 'nope', with args beginning with: 'a' 'b' |"),
  ])
  func `a bad request is told what is wrong with it`(line: String, reply: String) throws {
    #expect(try replies(to: line) == reply)
  }

  @Test func `an end of line in an error does not break the protocol`() throws {
    #expect(
      try replies(to: #""a\r\n+OK""#)
        == "-ERR unknown command 'a  +OK', with args beginning with: |")
  }

  @Test func `what has ended is swept away, though nobody asks for it`() throws {
    try GreenThreads.run(on: VirtualTime()) {
      let store = Store()
      for key in 0..<3_000 {
        let lifetime: Duration = key % 3 == 0 ? .seconds(100) : .seconds(2)
        store.set(Array("\(key)".utf8), to: [], until: .now + lifetime)
      }
      try withScope { scope in
        scope.spawn(name: "sweeper") { try store.sweep() }
        try GreenThread.sleep(for: .seconds(4))
        #expect(store.count == 1_000)
        scope.cancel()
      }
    }
  }
}
