import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

/// A real program in real pipelines, seen from those who share its pipes.
@Suite struct StandardStreamTests {
  @Test func `a program in a pipeline leaves its siblings' open files blocking`() throws {
    try onDrift {
      // What the child inherits are these very open files, which stay here as well.
      let input = try Pipe(readEnd: .blocking, writeEnd: .nonBlocking)
      let output = try Pipe(readEnd: .nonBlocking, writeEnd: .blocking)
      let reader = BufferedReader(try PipeReader(adopting: output.readEnd))
      let writer = try PipeWriter(adopting: input.writeEnd)
      var options = SpawnOptions([RawString(NumberLines.path)], backend: .clone)
      options.standardInput = .descriptor(input.readEnd.rawValue)
      options.standardOutput = .descriptor(output.writeEnd.rawValue)
      var child = try options.spawn()
      try writer.write("one\n")
      // It has read, waits for more, and has written: now look.
      #expect(try reader.readLine() == "1 one")
      #expect(try input.readEnd.blockingMode == .blocking)
      #expect(try output.writeEnd.blockingMode == .blocking)
      try writer.write("two\nthree")
      writer.close()
      #expect(try reader.readLine() == "2 two")
      #expect(try reader.readLine() == "3 three")
      let report = try child.process.waitExit(for: .seconds(20))
      #expect(report?.status == .exited(code: 0))
      #expect(try input.readEnd.blockingMode == .blocking)
      #expect(try output.writeEnd.blockingMode == .blocking)
    }
  }

  @Test func `a shell's pipeline gets every line, and its sibling sees a blocking pipe`() throws {
    let script = """
      yes line | head -20000 | { $number; grep flags: /proc/self/fdinfo/0; } | tail -2
      """
    let lines = try shell(script).output.split(separator: "\n").map(String.init)
    #expect(lines.first == "20000 line")
    let flags = try #require(lines.last).drop { !$0.isNumber }
    #expect(try #require(Int(flags, radix: 8)) & 0o4000 == 0)
  }

  @Test func `where the reader has gone the program gets EPIPE, and ends by itself`() throws {
    let script = "{ yes line | $number; echo status $? >&2; } | head -1"
    let result = try shell(script)
    #expect(result.output == "1 line\n")
    #expect(result.error == "status 0\n")
  }

  @Test func `a full disk is an error, and nothing is lost in silence`() throws {
    let result = try shell("echo line | $number >/dev/full; echo status $?")
    #expect(result.output == "status 1\n")
    #expect(result.error.contains("ENOSPC"))
  }

  @Test func `files and null serve as input and output`() throws {
    let script = """
      f=$(mktemp); printf 'one\\ntwo' >$f; $number <$f; $number </dev/null; $number <$f >$f.out
      cat $f.out; rm $f $f.out
      """
    #expect(try shell(script).output == "1 one\n2 two\n1 one\n2 two\n")
  }

  @Test func `a program without standard input gets an error, and no other file`() throws {
    let result = try shell("$number <&-; echo status $?")
    #expect(result.output == "status 1\n")
    #expect(result.error.contains("EBADF"))
  }

  @Test func `one run has one stream for each of the three`() throws {
    try onDrift {
      let output = try standardOutput
      let again = try standardOutput
      let error = try standardError
      let input = try standardInput
      #expect(output === again && output !== error && !input.isClosed)
    }
  }

  private func shell(_ script: String) throws -> (output: String, error: String) {
    try onDrift(within: .seconds(60)) {
      var command = Command(
        "sh", arguments: ["-c", RawString("number='\(NumberLines.path)'; \(script)")])
      command.timeout = .seconds(40)
      let result = try command.output(limit: 1 << 20)
      return (
        String(decoding: result.standardOutput, as: UTF8.self),
        String(decoding: result.standardError, as: UTF8.self)
      )
    }
  }
}

/// The example that was built beside these tests.
private enum NumberLines {
  static let path: String = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let path = bundle ?? CommandLine.arguments[0]
    return path[...(path.lastIndex(of: "/") ?? path.startIndex)] + "NumberLinesExample"
  }()
}
