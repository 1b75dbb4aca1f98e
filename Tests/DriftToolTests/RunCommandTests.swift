import Drift
import TestSupport
import Testing

@Suite struct RunCommandTests {
  @Test(
    arguments: [
      (["true"], 0), (["--", "sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137),
      (["no-such-program"], 127), (["/no/such/program"], 127), (["/etc/passwd"], 126), (["/"], 126),
      (["--timeout", "50ms", "sleep", "9"], 124), (["--timeout", "0", "sleep", "0.1"], 0),
      (["--json", "--", "sh", "-c", "exit 8"], 8), (["--output-limit", "1", "false"], 1),
    ] as [([String], Int32)])
  func `exits as timeout of coreutils does`(_ arguments: [String], _ code: Int32) throws {
    let run = try BuiltTool.run(["run"] + arguments)
    #expect(run.code == code)
    #expect(run.error.split(separator: "\n").count <= 1)
  }

  @Test(arguments: [
    [], ["run"], ["each"], ["nonsense"], ["run", "--nonsense", "ls"],
    ["run", "--timeout", "5x", "ls"],
    ["run", "--timeout"], ["run", "--until", "", "ls"], ["run", "--output-limit", "1X", "ls"],
    ["each", "-j", "0", "true"], ["each", "-jx", "true"], ["each", ":::", "a"],
    ["each", "--halt", "soon", "true"],
  ])
  func `tells a misuse in one line and exits with 125`(_ arguments: [String]) throws {
    let run = try BuiltTool.run(arguments)
    #expect(run.code == 125)
    #expect(run.output.isEmpty)
    #expect(run.error.hasPrefix("drift: "))
    #expect(run.error.hasSuffix("\n") && run.error.split(separator: "\n").count == 1)
  }

  @Test(arguments: ["run --until %s yes", "run --until=%s yes", "each --halt %s true ::: a"])
  func `refuses an option that is no text`(_ arguments: String) throws {
    let words = arguments.replacing("%s", with: #""$(printf 'x\377')""#)
    let run = try BuiltTool.runShell("$drift \(words); exit $?")
    #expect(run.code == 125)
    #expect(run.output.isEmpty)
    #expect(run.error.hasPrefix("drift: ") && run.error.contains("is not UTF-8"))
  }

  @Test(arguments: ["run", "each"])
  func `shows the help of a subcommand`(_ subcommand: String) throws {
    let run = try BuiltTool.run([subcommand, "--help"])
    #expect(run.code == 0)
    #expect(run.output.contains("USAGE: drift \(subcommand) [options]"))
    #expect(run.error.isEmpty)
  }

  @Test func `hands the command its input, its words and its own options`() throws {
    let run = try BuiltTool.run(
      ["run", "sh", "-c", "cat; echo \"$@\"", "x", "--json", "-j"],
      input: "in\n")
    #expect(run.output == "in\n--json -j\n")
  }

  @Test(
    arguments: [
      ("trap '' TERM; while :; do sleep 0.05; done", 137), ("exec <&- >&- 2>&-; sleep 60", 124),
      ("kill -STOP $$; sleep 60", 124), ("sleep 25 & trap '' TERM; wait; sleep 60", 137),
      ("exec yes >/dev/null", 124), ("setsid sleep 25 & sleep 60", 124),
    ] as [(String, Int32)], ["--json", "--output-limit=1k", ""])
  func `ends in time whatever the command does, and tells whether only KILL did`(
    _ command: (script: String, code: Int32), _ option: String
  ) throws {
    let options = ["--timeout", "100ms", "--grace", "100ms"] + (option.isEmpty ? [] : [option])
    let run = try BuiltTool.run(["run"] + options + ["sh", "-c", command.script])
    #expect(run.code == command.code)
  }

  @Test(arguments: [[], ["--json"], ["--output-limit", "10"], ["--until", "never"]])
  func `ends an endless writer in time`(_ options: [String]) throws {
    let arguments = (["--timeout", "200ms"] + options + ["yes"]).joined(separator: " ")
    let run = try BuiltTool.runShell("$drift run \(arguments) >/dev/null; exit $?")
    #expect(run.code == 124)
  }

  @Test(arguments: [("INT", 2), ("TERM", 15), ("HUP", 1), ("QUIT", 3)])
  func `passes a signal on`(_ name: String, _ number: Int32) throws {
    let script = "trap 'echo got \(name); exit 5' \(name); echo ready; while :; do sleep 0.02; done"
    let run = try BuiltTool.run(["run", "sh", "-c", script]) { child, chunk in
      if chunk.contains("ready") { try child.send(.init(rawValue: number)) }
    }
    #expect(run.code == 5)
    #expect(run.output == "ready\ngot \(name)\n")
  }

  @Test func `wakes a stopped command to pass a signal on`() throws {
    let script = "trap 'exit 5' TERM; echo ready; kill -STOP $$; sleep 60"
    let run = try BuiltTool.run(["run", "sh", "-c", script]) { child, _ in
      try child.send(.terminate)
    }
    #expect(run.code == 5)
  }

  @Test(arguments: [[], ["--json"], ["--output-limit", "1k"]])
  func `ends with success once a text appears, also in two writes`(_ options: [String]) throws {
    let script = "printf REA; sleep 0.1; printf DY; sleep 60"
    let run = try BuiltTool.run(["run", "--until", "READY"] + options + ["sh", "-c", script])
    #expect(run.code == 0)
    #expect(run.output.contains("READY"))
  }

  @Test func `keeps the command's status when the text does not appear`() throws {
    let run = try BuiltTool.run(["run", "--until", "READY", "sh", "-c", "echo no; exit 4"])
    #expect(run.code == 4)
    #expect(run.output == "no\n")
  }
}
