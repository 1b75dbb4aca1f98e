import BuiltExamples
import Drift
import Testing

@Suite struct RunnerTests {
  private func run(
    _ plan: String, _ use: (Command) throws -> CommandOutput = { try $0.output() }
  ) throws -> CommandOutput {
    try Drift.run {
      try withTemporaryDirectory { directory in
        let path = directory.appending("plan.json")
        let file = try File(opening: path, for: .writing, [.create])
        try file.write(plan)
        file.close()
        return try use(BuiltExample.command("runner", ["-j", "2", "\(path)"]))
      }
    }
  }

  @Test func `a plan is followed, and every end is a line`() throws {
    let output = try run(
      """
      {"build": {"run": [["echo", "built"], ["tr", "a-z", "A-Z"]]},
       "test": {"after": ["build"], "run": ["false"]},
       "publish": {"after": ["test"], "run": ["echo", "never"]}}
      """)
    #expect(output.status == .exited(code: 1))
    let lines = output.lines
    #expect(lines.count == 4 && lines[0] == "BUILT" && lines[1].hasPrefix("ok       build after "))
    #expect(lines[2].hasPrefix("failed   test after ") && lines[2].hasSuffix("exited with code 1"))
    #expect(lines[3] == "skipped  publish, because of test")
  }

  @Test func `a plan that cannot be followed is one clear line, and status 2`() throws {
    let output = try run(#"{"a": {"after": ["b"], "run": ["true"]}}"#)
    #expect(output.status == .exited(code: 2))
    #expect(output.errorText.hasSuffix("step 'a' is after 'b', which is not there\n"))
  }

  @Test func `TERM ends what is running, and the status says so`() throws {
    let output = try run(#"{"a": {"run": ["sh", "-c", "echo started >&2; sleep 60"]}}"#) {
      var command = $0
      command.standardError = .inherit
      let child = try command.start()
      // Not before it takes signals: it has none of its own then.
      try GreenThread.sleep(for: .seconds(1))
      child.requestEnd()
      return try child.output()
    }
    #expect(output.status == .exited(code: 143))
  }
}
