import Drift
import Testing

@Suite struct EachSignalTests {
  /// A job that tells through the tool's own standard error that it runs.
  private static let announce = "echo ready >/proc/$PPID/fd/2; echo start $1; "

  @Test(arguments: [("INT", 2), ("TERM", 15)])
  func `starts no more, ends what runs and prints what it had`(
    _ name: String, _ number: Int32
  ) throws {
    let script = Self.announce + "trap 'echo bye $1; exit 3' TERM; sleep 60 & wait"
    var ready = 0
    let arguments = ["each", "-j", "2", "sh", "-c", script, "x", ":::", "1", "2", "3"]
    let run = try BuiltTool.run(arguments) { child, chunk in
      let before = ready
      ready += chunk.split(separator: "\n").filter { $0 == "ready" }.count
      if before < 2 && ready >= 2 {
        try GreenThread.sleep(for: .milliseconds(50))
        try child.send(Signal(rawValue: number))
      }
    }
    #expect(run.code == 128 + number)
    #expect(Set(run.lines) == ["start 1", "bye 1", "start 2", "bye 2"])
    #expect(run.error.contains("drift: 2 of 2 failed"))
  }

  @Test(arguments: ["run --timeout 9s sh -c", "each sh -c"])
  func `ends the whole group`(_ arguments: String) throws {
    let mark = "97.\(UInt32.random(in: 100_000...999_999))"
    let run = try BuiltTool.runShell(
      """
      $drift \(arguments) 'sleep \(mark) & sleep \(mark)' </dev/null & pid=$!
      [ '\(arguments.prefix(4))' != each ] || { wait; exit 0; }
      for i in $(seq 100); do pgrep -f '^sleep \(mark)$' >/dev/null && break; sleep 0.05; done
      kill -TERM $pid; kill -INT $pid; wait $pid; code=$?
      for i in $(seq 100); do pgrep -f '^sleep \(mark)$' >/dev/null || break; sleep 0.05; done
      pgrep -fc '^sleep \(mark)$'; exit $code
      """)
    #expect(run.output.isEmpty || run.output == "0\n")
  }

  @Test func `kills at once when it is told twice`() throws {
    let script = Self.announce + "trap '' TERM; while :; do sleep 0.05; done"
    let arguments = ["each", "--grace", "60s", "sh", "-c", script, "x", ":::", "1"]
    let run = try BuiltTool.run(arguments) { child, chunk in
      guard chunk.contains("ready") else { return }
      try GreenThread.sleep(for: .milliseconds(50))
      try child.send(.interrupt)
      try GreenThread.sleep(for: .milliseconds(50))
      try child.send(.interrupt)
    }
    #expect(run.code == 130)
    #expect(run.output == "start 1\n")
  }

  @Test func `ends while it waits for an input`() throws {
    let run = try BuiltTool.runShell(
      """
      sleep 2 | {
        exec 3<&0
        $drift each echo <&3 & pid=$!
        sleep 0.2; kill -TERM $pid
        wait $pid; exit $?
      }
      """
    )
    #expect(run.code == 143)
  }
}
