import BuiltExamples
import Drift
import Testing

@Suite struct TailFTests {
  @Test func `a shell's lines are printed, over a rotation`() throws {
    // The directory must be there before the program that watches it.
    let made = try Drift.run { try Command("mktemp", "-d").output().lines[0] }
    defer { _ = try? Drift.run { try Directory.removeTree(RawString(made)) } }
    func shell(_ script: String) throws {
      var command = Command("sh", "-ec", RawString(script))
      command.workingDirectory = RawString(made)
      try command.run()
    }
    try Drift.run { try shell("printf 'old\\nolder\\n' > log") }
    try BuiltExample.run("tailf", ["-n", "1", "\(made)/log"]) { tail in
      #expect(try tail.line() == "older")
      try shell("echo one >> log")
      #expect(try tail.line() == "one")
      try shell("mv log log.1; echo two >> log.1; echo three > log")
      #expect(try tail.line() == "two" && tail.line() == "three")
    }
  }

  @Test func `a directory that is not there is one clear line`() throws {
    let output = try Drift.run {
      try BuiltExample.command("tailf", ["/no/such/directory/log"]).output()
    }
    #expect(output.status == .exited(code: 1))
    #expect(output.errorText.contains("/no/such/directory") && output.errorText.contains("ENOENT"))
  }
}
