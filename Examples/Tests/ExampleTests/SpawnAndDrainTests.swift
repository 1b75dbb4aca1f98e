import BuiltExamples
import Drift
import Testing

@Suite struct SpawnAndDrainTests {
  private func run(_ arguments: String...) throws -> CommandOutput {
    try Drift.run {
      try BuiltExample.command("spawn-and-drain", arguments).output(limit: 4 << 20)
    }
  }

  @Test func `a program's output and end are shown, and its status is this one's`() throws {
    let output = try run("/bin/sh", "-c", "echo hello; echo no >&2; exit 3")
    #expect(output.status == .exited(code: 3))
    #expect(output.text == "output: 6 bytes, errors: 3 bytes\nhello\nexited with code 3\n")
  }

  @Test func `a program that is killed gives a status as in a shell`() throws {
    #expect(try run("/bin/sh", "-c", "kill -KILL $$").status == .exited(code: 137))
  }

  @Test func `of very much output the end is kept, and that is said`() throws {
    let text = try run("/bin/sh", "-c", "seq 1 300000").text
    #expect(
      text.hasPrefix(
        "output: 1048576 bytes, errors: 0 bytes, which is the end of what it wrote\n"))
    #expect(text.hasSuffix("\n299999\n300000\nexited with code 0\n"))
  }

  @Test func `a program that is not there is one clear line, and status 1`() throws {
    let output = try run("/no/such/program")
    #expect(output.status == .exited(code: 1) && output.text == "")
    #expect(output.errorText.hasPrefix("spawn-and-drain: exec"))
    #expect(output.errorText.split(separator: "\n").count == 1)
  }

  @Test func `no program at all, or one without a path, is told so with status 2`() throws {
    for output in [try run(), try run("ls")] {
      #expect(output.status == .exited(code: 2) && output.text == "")
      #expect(output.errorText == "usage: spawn-and-drain /path/of/program [argument]...\n")
    }
  }
}
