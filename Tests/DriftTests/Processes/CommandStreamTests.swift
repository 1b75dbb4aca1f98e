import CoreShift
import Glibc
import GreenThreads
import TestSupport
import Testing

@testable import Drift

// Where outputs go, and how they are read.
@Suite struct CommandStreamTests {
  @Test func `an output goes into a file, which is made anew or appended to`() throws {
    try onDrift {
      let place = "/tmp/drift-output-\(UInt64.random(in: 0 ... .max))"
      defer { _ = try? Command("rm", "-f", RawString(place)).output() }
      var command = shell("echo one; echo two >&2")
      command.standardOutput = .file(RawString(place))
      #expect(try command.output().errorText == "two\n")
      try command.run()
      #expect(try contents(of: place) == "one\n")
      command.standardOutput = .file(RawString(place), [.append])
      command.standardError = .standardOutput
      #expect(try command.output().errorText.isEmpty)
      #expect(try contents(of: place) == "one\none\ntwo\n")
    }
  }

  @Test func `children whose streams are null share one null device`() throws {
    try onDrift {
      let number = try ReactorEvents.current(for: "test").supplies.nullDeviceNumber()
      for _ in 1...2 {
        let result = try shell("cat; readlink /proc/$$/fd/0").run()
        #expect(result.text == "/dev/null\n")
        #expect(try ReactorEvents.current(for: "test").supplies.nullDeviceNumber() == number)
        #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
      }
    }
  }

  @Test func `both outputs are merged in true order`() throws {
    try onDrift {
      var command = shell("for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done")
      command.standardError = .standardOutput
      let result = try command.output()
      #expect(result.lines == (1...5).flatMap { ["o\($0)", "e\($0)"] })
      #expect(result.standardError.isEmpty)
      command = Command("true")
      command.standardOutput = .standardOutput
      let error = #expect(throws: CoreError.self) { _ = try command.output() }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test func `an output goes to a descriptor of the caller's, which stays open`() throws {
    try onDrift {
      let pipe = try Pipe(writeEnd: .blocking)
      let writer = pipe.writeEnd
      let reader = try Descriptor(adopting: pipe.readEnd)
      var command = shell("echo out; echo err >&2")
      command.standardError = .descriptor(writer.rawValue)
      #expect(try command.output().text == "out\n")
      #expect(try readText(reader) == "err\n")
      #expect(try writer.execMode == .closed)
    }
  }

  @Test func `one child's output is copied to another's input, inside of the kernel`() throws {
    try onDrift {
      let (one, other) = (try shell("echo head; echo rest").start(), try reading())
      #expect(try copy(from: one.standardOutput, to: other.standardInput) == 10)
      #expect(try other.standardOutput.readLine() == "read: head")
    }
    try withRefusedCalls([RefusedCall(.splice, with: EIO)]) {
      try Drift.run {
        let (one, other) = (try shell("echo head; echo rest").start(), try reading())
        let error = errorThrown { try copy(from: one.standardOutput, to: other.standardInput) }
        #expect((error as? CoreError)?.operation == "splice")
        // What was read ahead with the line comes first, which the kernel does not have.
        #expect(try one.standardOutput.readLine() == "head")
        #expect(try copy(from: one.standardOutput, to: other.standardInput) == 5)
        #expect(try other.standardOutput.readLine() == "read: rest")
      }
    }
  }

  @Test func `several pieces are written to a child by one call`() throws {
    try onDrift {
      let child = try reading()
      let pieces = [Array("one ".utf8), [], Array("two\n".utf8)]
      #expect(try child.standardInput.writeSome(gathering: pieces, behind: 1) == 7)
      #expect(try child.standardOutput.readLine() == "read: ne two")
      let none = try Command("true").start()
      #expect(throws: ResourceClosed.self) {
        try none.standardInput.writeSome(gathering: pieces, behind: 0)
      }
    }
  }

  @Test func `what a buffered writer has collected goes to a child with what comes behind`() throws
  {
    try onDrift {
      let child = try reading()
      let writer = BufferedWriter(child.standardInput, capacity: 4)
      try writer.write("one ")
      try writer.write("two\n")
      #expect(writer.unflushedCount == 0)
      #expect(try child.standardOutput.readLine() == "read: one two")
    }
  }

  /// A child that says what line it has read, and takes what comes behind it.
  private func reading() throws -> ChildProcess {
    var command = shell("read line; echo \"read: $line\"; cat >/dev/null")
    command.standardInput = .pipe
    return try command.start()
  }

  @Test func `lines come one by one while the child runs`() throws {
    try onDrift {
      var command = shell("echo ready; read word; echo \"$word\"; printf 'no\\r\\n\\nend'")
      command.standardInput = .pipe
      let child = try command.start()
      #expect(try child.standardOutput.readLine() == "ready")
      try child.standardInput.write("word\n")
      var lines: [String] = []
      while let line = try child.standardOutput.readLine() { lines.append(line) }
      #expect(lines == ["word", "no", "", "end"])
      #expect(try child.standardOutput.readLine() == nil)
      #expect(try child.wait().status.isSuccess)
    }
  }

  @Test func `what is left of an output is collected behind the lines that were read`() throws {
    try onDrift {
      let child = try shell("printf 'first\\nsecond\\nthird\\n'; echo err >&2").start()
      #expect(try child.standardOutput.readLine() == "first")
      let rest = try child.output()
      #expect(rest.text == "second\nthird\n" && rest.errorText == "err\n")
      #expect(rest.status.isSuccess)
    }
  }

  @Test func `closing an output ends who writes it by SIGPIPE`() throws {
    try onDrift {
      let child = try Command("yes").start()
      #expect(try child.standardOutput.readLine() == "y")
      child.standardOutput.close()
      #expect(try child.wait().status == .signalled(.brokenPipe, coreDumped: false))
      #expect(throws: ResourceClosed.self) { _ = try child.standardOutput.readLine() }
    }
  }

  @Test func `lines of an output are cut at LF and CR LF, and empty ones are kept`() throws {
    try onDrift {
      let none = try Command("true").run()
      #expect(none.lines.isEmpty)
      #expect(try Command("printf", "a\\r\\n\\nb").run().lines == ["a", "", "b"])
      #expect(try Command("printf", "\\n").run().lines == [""])
    }
  }
}
