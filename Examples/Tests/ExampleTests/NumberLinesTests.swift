import BuiltExamples
import Drift
import Testing

@Suite struct NumberLinesTests {
  private func run(_ input: [UInt8]) throws -> CommandOutput {
    try Drift.run {
      var command = BuiltExample.command("number-lines", [])
      command.standardInput = .bytes(input)
      return try command.output(limit: 8 << 20)
    }
  }

  @Test func `lines keep their bytes, whatever they are`() throws {
    let output = try run(Array("a\r\n\n".utf8) + [0xFF, 0, 10] + Array("last".utf8))
    #expect(output.status == .exited(code: 0))
    #expect(
      output.standardOutput
        == Array("1 a\r\n2 \n3 ".utf8) + [0xFF, 0, 10] + Array("4 last\n".utf8))
  }

  @Test func `what was finished before an error is there`() throws {
    let output = try run(Array("one\n".utf8) + [UInt8](repeating: 120, count: 3 << 20))
    #expect(output.status == .exited(code: 1) && output.text == "1 one\n")
    #expect(output.errorText == "number-lines: a line has more than 1048576 bytes\n")
  }

  @Test func `a whole line is there at once, also when half of one came with it`() throws {
    try Drift.run {
      var command = BuiltExample.command("number-lines", [])
      command.standardInput = .pipe
      let child = try command.start()
      defer { child.kill() }
      try withTimeout(.seconds(60)) {
        try child.standardInput.write("one\ntw")
        #expect(try child.standardOutput.readLine() == "1 one")
        try child.standardInput.write("o\n")
        #expect(try child.standardOutput.readLine() == "2 two")
        child.standardInput.close()
        #expect(try child.wait().status == .exited(code: 0))
      }
    }
  }
}
