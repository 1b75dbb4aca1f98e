import Drift
import TestSupport
import Testing

/// The progress line, on the screen of a terminal that tmux draws.
@Suite(.enabled(if: Screen.isThere, "tmux is not installed")) struct ProgressLineTests {
  @Test func `shows how far it is beneath the outputs, and goes`() throws {
    try onOwnThread {
      try Drift.run {
        let script = "echo line $1; sleep $1; [ $1 != 0.1 ]"
        let screen = try Screen(
          "$drift each -j 2 sh -c '\(script)' x ::: 0.1 0.2 1.3 1.4; echo over $?")
        defer { screen.end() }
        let during = try screen.lines { $0.contains { $0.hasPrefix("2/4 done, 2 running") } }
        // Whose time is shorter need not be the first to end on a busy machine.
        #expect(Set(during.filter { $0.hasPrefix("line ") }) == ["line 0.1", "line 0.2"])
        #expect(during.last?.hasPrefix("2/4 done, 2 running, 1 failed, ") == true)
        #expect(during.last?.hasSuffix("s") == true)
        let after = try screen.lines { $0.last == "over 1" }
        #expect(
          after.prefix(4).sorted() == ["line 0.1", "line 0.2", "line 1.3", "line 1.4"])
        #expect(
          after.dropFirst(4) == [
            "drift: 1 of 4 failed, first: job 1 (\"0.1\"): exited with code 1", "over 1",
          ])
      }
    }
  }

  @Test func `leaves an output without a line end alone`() throws {
    try onOwnThread {
      try Drift.run {
        let script = "printf \"<$1>\"; sleep 0.$1"
        let screen = try Screen("$drift each -j 1 sh -c '\(script)' x ::: 2 3 2; echo over")
        defer { screen.end() }
        #expect(try screen.lines { $0.last?.hasSuffix("over") == true } == ["<2><3><2>over"])
      }
    }
  }

  @Test func `ends on Ctrl-C, with what was printed`() throws {
    try onOwnThread {
      try Drift.run {
        let screen = try Screen(
          "$drift each -j 2 sh -c 'echo $1; sleep 20' x ::: 1 2 3; echo over $?")
        defer { screen.end() }
        _ = try screen.lines { $0.contains { $0.hasPrefix("0/3 done, 2 running") } }
        try screen.press("C-c")
        let after = try screen.lines { $0.last == "over 130" }
        #expect(after.contains("1") && after.contains("2") && !after.contains("3"))
      }
    }
  }

  @Test func `lets Ctrl-C reach the command of run once`() throws {
    try onOwnThread {
      try Drift.run {
        let script =
          "trap \"echo got\" INT; echo ready; read word || read word; echo read $word; exit 6"
        let screen = try Screen("$drift run sh -c '\(script)'; echo over $?")
        defer { screen.end() }
        _ = try screen.lines { $0.contains("ready") }
        try screen.press("C-c")
        _ = try screen.lines { $0.contains { $0.hasSuffix("got") } }
        try screen.press("w", "Enter")
        let after = try screen.lines { $0.last?.hasPrefix("over") == true }
        #expect(after.filter { $0.hasSuffix("got") }.count == 1)
        #expect(after.suffix(2) == ["read w", "over 6"])
      }
    }
  }
}

/// A tmux server of its own with one screen of 70 columns and 12 lines.
struct Screen {
  static let isThere =
    (try? onOwnThread { try Drift.run { try Command("tmux", "-V").output() } }) != nil

  struct NotSeen: Error { let lines: [String] }

  private let name = "drift-\(UInt32.random(in: 0 ... .max))"

  init(_ script: String) throws {
    let line = "drift='\(BuiltTool.path)'; trap : INT; clear; \(script); sleep 30"
    try tmux("-f", "/dev/null", "new-session", "-d", "-x", "70", "-y", "12", "sh", "-c", line)
  }

  func end() {
    _ = try? tmux("kill-server")
  }

  func press(_ keys: String...) throws {
    try tmux(["send-keys"] + keys)
  }

  /// What stands on it, without empty lines, once that is as it should be.
  ///
  /// Parks.
  func lines(until isExpected: ([String]) -> Bool) throws -> [String] {
    var lines: [String] = []
    for _ in 0..<250 {
      lines = try tmux("capture-pane", "-p").split(separator: "\n").map(String.init)
      if isExpected(lines) { return lines }
      try GreenThread.sleep(for: .milliseconds(20))
    }
    throw NotSeen(lines: lines)
  }

  @discardableResult
  private func tmux(_ arguments: String...) throws -> String { try tmux(arguments) }

  @discardableResult
  private func tmux(_ arguments: [String]) throws -> String {
    var command = Command(
      "tmux", arguments: (["-L", name] + arguments).map { RawString($0) })
    command.environment = .edit([.set("TERM", to: "xterm"), .remove("TMUX")])
    return text(try command.output().standardOutput)
  }
}
