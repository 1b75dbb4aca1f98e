import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct CommandFailedTests {
  @Test func `run throws what a command came to, unless it is a success`() throws {
    try onDrift {
      #expect(try Command("echo", "fine").run().text == "fine\n")
      let failure = #expect(throws: CommandFailed.self) {
        try shell("echo kept; echo 'too bad' >&2; exit 3").run()
      }
      #expect(failure?.output.status == .exited(code: 3))
      #expect(failure?.output.text == "kept\n")
      let text = try #require(failure?.description)
      #expect(text.hasSuffix("` exited with code 3: too bad"))
      #expect(text.hasPrefix("`sh -c 'echo kept; echo '\\''too bad'\\'' >&2; exit 3'`"))
      var slow = Command("sleep", "60")
      slow.timeout = .milliseconds(50)
      let late = #expect(throws: CommandFailed.self) { try slow.run() }
      #expect(late?.description == "`sleep 60` timed out")
    }
  }

  @Test func `a long command and long last words are cut, and kept whole beside`() throws {
    try onDrift {
      let script = RawString("echo " + String(repeating: "é", count: 5_000) + " >&2; exit 1")
      let failure = #expect(throws: CommandFailed.self) { try Command("sh", "-c", script).run() }
      let text = try #require(failure?.description)
      #expect(text.utf8.count < 1_100)
      #expect(text.contains("é…` exited with code 1: éé") && text.hasSuffix("é…"))
      #expect(failure?.command.hasSuffix(">&2; exit 1'") == true)
      #expect(failure?.output.standardError.count == 10_001)
    }
  }

  @Test func `a command is shown as one would type it`() {
    #expect(Command("ls", "-l", "a_b/c.d").description == "ls -l a_b/c.d")
    #expect(Command("echo", "", "a b", "$x", "é").description == "echo '' 'a b' '$x' 'é'")
    #expect(Command("echo", "it's").description == #"echo 'it'\''s'"#)
    #expect(Command("echo", "a\n\u{1}'").description == #"echo $'a\n\x01\''"#)
    #expect(Command("./a=b", "c=d").description == "'./a=b' c=d")
    let raw = RawString(bytes: [0xFF, 0x41])
    #expect(Command("echo", raw).description == #"echo $'\xffA'"#)
  }

  @Test func `what is shown is what a shell reads`() throws {
    try onDrift {
      let words: [RawString] = [
        "", "a b", "'", "\\", "$HOME", "*", "\n\t", "é", "a'b\nc", "'\u{301}; exit 9 '\u{301}",
      ]
      let shown = Command("printf", arguments: ["[%s]"] + words).description
      let shell = Command("bash", "-c", RawString(shown))
      let direct = try Command("printf", arguments: ["[%s]"] + words).run()
      #expect(try shell.run().standardOutput == direct.standardOutput)
    }
  }
}
