import BuiltExamples
import Drift
import Testing

@Suite struct RunnerTests {
  private func run(
    _ plan: String,
    _ use: (Command, _ directory: RawString) throws -> CommandOutput = { command, _ in
      try command.output()
    }
  ) throws -> CommandOutput {
    try Drift.run {
      try withTemporaryDirectory { directory in
        let path = directory.appending("plan.json")
        let file = try File(opening: path, for: .writing, [.create])
        try file.write(plan)
        file.close()
        var command = BuiltExample.command("runner", ["-j", "2", "plan.json"])
        command.workingDirectory = directory
        return try use(command, directory)
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

  @Test func `an output that cannot be written is no success`() throws {
    let output = try run(#"{"a": {"run": ["echo", "lost"]}}"#) { command, _ in
      var command = command
      command.standardOutput = .file("/dev/full", [])
      return try command.output()
    }
    #expect(output.status == .exited(code: 1))
    #expect(output.errorText == "runner: write: ENOSPC (no space left on device) on descriptor 1\n")
  }

  @Test func `of very much output the end is shown, and that there was more`() throws {
    let plan = #"{"a": {"run": ["sh", "-c", "seq 1 300000; echo the reason >&2; exit 1"]}}"#
    let output = try run(plan) { command, _ in try command.output(limit: 4 << 20) }
    #expect(output.text.hasPrefix("... the beginning is left out\nthe reason\n"))
    #expect(output.text.contains("\n299999\n300000\nfailed   a"))
  }

  @Test func `TERM ends what is running and shows what it wrote, and the status says so`() throws {
    let plan = #"{"a": {"run": ["sh", "-c", "echo half; echo > started; sleep 60"]}}"#
    let output = try run(plan) { command, directory in
      var command = command
      // The runner gives its step 2 s, which it may use up where process 1 collects orphans late.
      command.grace = .seconds(20)
      let child = try command.start()
      while try !File.exists(directory.appending("started")) {
        try GreenThread.sleep(for: .milliseconds(10))
      }
      child.requestEnd()
      return try child.output()
    }
    #expect(output.status == .exited(code: 143))
    #expect(output.lines.count == 2 && output.lines[0] == "half", "\(output.text)")
    #expect(output.lines.last?.hasPrefix("failed   a after ") == true)
  }
}
