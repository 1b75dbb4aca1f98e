import Drift
import Glibc
import TestSupport
import Testing

/// `drift run` with a terminal as its input, in a group that a shell has made.
@Suite struct RunTerminalTests {
  @Test func `a timeout ends the command alone, which leads no group there`() throws {
    try onTerminal("$drift run --timeout 300ms sh -c '\(Self.parent)'") { pid in
      #expect(kill(pid, 0) == 0)
      kill(pid, SIGKILL)
    }
  }

  @Test func `without the terminal as its input all that it has started is ended`() throws {
    try onTerminal("$drift run --timeout 300ms sh -c '\(Self.parent)' </dev/null") { pid in
      try withTimeout(.seconds(20)) {
        while kill(pid, 0) == 0 { try GreenThread.sleep(for: .milliseconds(5)) }
      }
    }
  }

  @Test func `a pipeline's other commands outlive a timeout`() throws {
    try onOwnThread {
      try Drift.run {
        let session = try terminal("$drift run --timeout 300ms yes | tail -1; echo over")
        #expect(try read(BufferedReader(session), to: "over") == ["y", "over"])
      }
    }
  }

  @Test func `the command reads what is typed, and Ctrl-C interrupts it once`() throws {
    let command = """
      trap "echo got it" INT; read line; echo "<$line>"; while ! read line; do :; done; exit 7
      """
    try onOwnThread {
      try Drift.run {
        let session = try terminal("trap : INT; $drift run sh -c '\(command)'; echo over $?")
        try session.write("word\n")
        let screen = BufferedReader(session)
        try read(screen, to: "<word>")
        try session.write([3])
        try read(screen, to: "got it")
        try session.write("again\n")
        let rest = try read(screen, to: "over 7")
        #expect(!rest.contains("got it"))
      }
    }
  }

  @Test func `Ctrl-C ends a command that has stopped itself`() throws {
    let command = """
      until grep -q "^State:.T" /proc/$$/status; do :; done && echo stopped & kill -STOP $$
      """
    try onOwnThread {
      try Drift.run {
        let session = try terminal("trap : INT; $drift run sh -c '\(command)'; echo over $?")
        let screen = BufferedReader(session)
        try read(screen, to: "stopped")
        try session.write([3])
        try read(screen, to: "over 130")
      }
    }
  }

  @Test func `Ctrl-C reaches a command that has left the foreground group`() throws {
    try onOwnThread {
      try Drift.run {
        let session = try terminal(
          "trap : INT; $drift run setsid sh -c 'echo ready; exec sleep 60'; echo over $?")
        let screen = BufferedReader(session)
        try read(screen, to: "ready")
        try session.write([3])
        try read(screen, to: "over 130")
      }
    }
  }

  @Test func `the terminal's end reaches the command of a drift that leads its session`() throws {
    try onOwnThread {
      try Drift.run {
        let session = try TerminalSession(
          Command(RawString(BuiltTool.path), "run", "sh", "-c", "echo ready; exec sleep 60"))
        try read(BufferedReader(session), to: "ready")
        session.close()
        let report = try withTimeout(.seconds(20)) { try session.child.wait() }
        #expect(report.status == .exited(code: 129))
      }
    }
  }

  @Test(.enabled(if: BuiltTool.canUnshare, "no pid namespace of one's own here"))
  func `a signal from outside the pid namespace is passed on`() throws {
    try onOwnThread {
      try Drift.run {
        let session = try terminal(
          """
          \(BuiltTool.unshare) $drift run sh -c 'echo ready; exec sleep 60' </dev/tty & pid=$!
          read line; kill -TERM $(cat /proc/$pid/task/$pid/children); wait $pid; echo over $?
          """)
        let screen = BufferedReader(session)
        try read(screen, to: "ready")
        try session.write("\n")
        try read(screen, to: "over 143")
      }
    }
  }

  /// Tells the number of what it starts, and waits for it.
  private static let parent = "sleep 60 & echo pid $!; wait"

  /// Runs `script` on a terminal, to the line that it ends with, and gives `body` the number that
  /// it has told, while the session goes on: its end would hang up on what is left.
  private func onTerminal(_ script: String, _ body: (Int32) throws -> Void) throws {
    try onOwnThread {
      try Drift.run {
        let session = try terminal("\(script); echo over; read line")
        let told = try read(BufferedReader(session), to: "over")
        let line = try #require(told.first { $0.hasPrefix("pid ") })
        try body(try #require(Int32(line.dropFirst(4))))
      }
    }
  }

  /// A shell without job control, so that all it runs is in the foreground group; no echo.
  private func terminal(_ script: String) throws -> TerminalSession {
    try TerminalSession(
      Command("sh", "-c", RawString("stty -echo; drift='\(BuiltTool.path)'; \(script)")))
  }

  /// The lines up to `last`.
  @discardableResult
  private func read(_ screen: BufferedReader, to last: String) throws -> [String] {
    try withTimeout(.seconds(20)) {
      var lines: [String] = []
      while lines.last != last {
        lines.append(try #require(try screen.readLine(), "the terminal ended after \(lines)"))
      }
      return lines
    }
  }
}
