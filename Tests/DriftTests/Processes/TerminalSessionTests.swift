import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct TerminalSessionTests {
  /// Reads until the end.
  private func transcript(_ session: TerminalSession) throws -> String {
    String(decoding: try session.readAll(limit: 1 << 20), as: UTF8.self)
  }

  /// Reads until `text` has come.
  private func await(_ text: String, from session: TerminalSession) throws -> String {
    var seen = ""
    while !seen.contains(text) {
      let piece = try readText(session)
      try #require(!piece.isEmpty, "the terminal ended after \(seen)")
      seen += piece
    }
    return seen
  }

  @Test func `the child has a terminal of this size, and its end is an end`() throws {
    try onDrift {
      let session = try TerminalSession(
        shell("test -t 0 && test -t 1 && test -t 2 && stty size </dev/tty"),
        size: TerminalSize(rows: 33, columns: 111))
      #expect(try transcript(session) == "33 111\r\n")
      #expect(try readText(session) == "")
      #expect(try session.child.wait().status.isSuccess)
    }
  }

  @Test func `what is typed is read, and echoed`() throws {
    try onDrift {
      let session = try TerminalSession(shell("read line; echo \"got $line\""))
      try session.write("hello\n")
      #expect(try transcript(session) == "hello\r\ngot hello\r\n")
    }
  }

  @Test func `a new size reaches the child`() throws {
    try onDrift {
      let session = try TerminalSession(
        shell("trap 'stty size; exit' WINCH; echo up; while :; do sleep 0.02; done"))
      _ = try self.await("up", from: session)
      try session.resize(to: TerminalSize(rows: 5, columns: 6))
      #expect(try self.await("5 6", from: session).contains("5 6"))
      #expect(try session.size == TerminalSize(rows: 5, columns: 6))
      try session.child.wait()
    }
  }

  @Test func `control C interrupts the foreground group`() throws {
    try onDrift {
      // Else the terminal drops what is being written when the character comes, and it signals
      // first and drops then.
      let session = try TerminalSession(
        shell(
          "stty noflsh; trap 'echo trapped; exit 5' INT; echo up; while :; do sleep 0.02; done"))
      _ = try self.await("up", from: session)
      try session.write([3])
      #expect(try transcript(session).contains("trapped\r\n"))
      #expect(try session.child.wait().status == .exited(code: 5))
      let plain = try TerminalSession(Command("sleep", "60"))
      try plain.write([3])
      _ = try plain.child.wait()
      #expect(plain.child.exitReport?.status == .signalled(.interrupt, coreDumped: false))
    }
  }

  @Test func `hanging up ends the session, and whoever reads it`() throws {
    try onDrift {
      let session = try TerminalSession(shell("echo up; sleep 60; echo after"))
      _ = try self.await("up", from: session)
      try withScope { scope in
        scope.spawn {
          #expect(throws: ResourceClosed.self) { _ = try readText(session) }
        }
        GreenThread.yield()
        session.close()
      }
      #expect(try session.child.wait().status == .signalled(.hangUp, coreDumped: false))
      session.close()
      #expect(throws: ResourceClosed.self) { _ = try session.size }
      #expect(throws: ResourceClosed.self) { try session.resize(to: .init(rows: 1, columns: 1)) }
      #expect(throws: ResourceClosed.self) { try session.write([1]) }
    }
  }

  @Test func `one that is dropped takes its child with it`() throws {
    try onDrift {
      let pid = try TerminalSession(shell("trap '' HUP; sleep 60")).child.pid
      for _ in 0..<1500 where isChild(pid) { try GreenThread.sleep(for: .milliseconds(10)) }
      #expect(!isChild(pid))
    }
  }

  @Test func `a command that cannot be started is an error, and leaves nothing`() throws {
    try onDrift {
      let error = #expect(throws: CoreError.self) {
        _ = try TerminalSession(Command("/nonexistent"))
      }
      #expect(error?.operation == "execveat")
      var posix = Command("true")
      posix.backend = .posixSpawn
      let refused = #expect(throws: CoreError.self) { _ = try TerminalSession(posix) }
      #expect(refused?.code == .notImplemented)
    }
  }
}
