import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct CommandInputTests {
  @Test func `text, bytes and a file are read to their end`() throws {
    try onDrift {
      var cat = Command("cat")
      cat.standardInput = .text("grüße")
      #expect(try cat.output().text == "grüße")
      cat.standardInput = .file("/proc/self/comm")
      let name = try cat.output().text
      #expect(try contents(of: "/proc/self/comm") == name)
      cat.standardInput = .file("/nonexistent")
      let error = #expect(throws: CoreError.self) { _ = try cat.output() }
      #expect(error?.operation == "open" && error?.subject == .path("/nonexistent"))
    }
  }

  @Test func `a pipe that nobody gets to write is at its end`() throws {
    try onDrift {
      var command = Command("cat")
      command.standardInput = .pipe
      command.timeout = .seconds(20)
      #expect(try command.run().text == "")
      var pipeline = command | Command("cat")
      pipeline.timeout = .seconds(20)
      #expect(try pipeline.run().text == "")
      let result = try command.output(started: { child in
        GreenThread.spawn {
          try child.standardInput.write("written")
          child.standardInput.close()
        }
      })
      #expect(result.text == "written")
    }
  }

  @Test func `a writer parks while the child does not read, and ends the input by closing it`()
    throws
  {
    try onDrift {
      var command = shell("read go; wc -c")
      command.standardInput = .pipe
      let child = try command.start()
      var hasWritten = false
      let chunk = [UInt8](repeating: 7, count: 1 << 20)
      try withScope { scope in
        scope.spawn {
          try child.standardInput.write("\n")
          try child.standardInput.write(chunk)
          hasWritten = true
          child.standardInput.close()
        }
        let result = try child.output()
        #expect(result.text.filter(\.isNumber) == "\(chunk.count)")
      }
      #expect(hasWritten)
      #expect(throws: ResourceClosed.self) { try child.standardInput.write([1]) }
    }
  }

  @Test func `a child that ends before its input does is a normal end`() throws {
    try onDrift {
      var command = shell("exit 3")
      command.standardInput = .pipe
      let child = try command.start()
      #expect(try child.wait().status == .exited(code: 3))
      // A child of another suite may have a copy of the other end until it executes.
      for _ in 0..<1500 where try child.standardInput.feed([1]) {
        try GreenThread.sleep(for: .milliseconds(10))
      }
      #expect(try !child.standardInput.feed([1]))
      let broken = #expect(throws: CoreError.self) { try child.standardInput.write([1]) }
      #expect(broken?.code == .brokenPipe)
      command.standardInput = .bytes([UInt8](repeating: 1, count: 1 << 20))
      #expect(try command.output().status == .exited(code: 3))
    }
  }

  @Test func `bytes are fed also when nobody collects the output`() throws {
    try onDrift {
      var command = shell("test $(wc -c) = 1000000")
      command.standardInput = .bytes([UInt8](repeating: 1, count: 1_000_000))
      let child = try command.start()
      #expect(try child.wait().status.isSuccess)
    }
  }

  @Test func `a child whose input is not read to its end leaves no green thread behind`() throws {
    try onDrift {
      var command = shell("exec 3<&0; sleep 60 <&3 >/dev/null 2>&1 & echo $!")
      command.standardInput = .bytes([UInt8](repeating: 1, count: 1 << 20))
      let child = try command.start()
      let line = try child.standardOutput.readLine()
      let descendant = try #require(line.flatMap { Int32($0) })
      try child.wait()
      // Closed by the end, although the descendant has the other one open; not busy any more.
      #expect(throws: ResourceClosed.self) { try child.standardInput.write([1]) }
      #expect(isAlive(descendant))
      endStranger(descendant)
      // The end of `run` waits for whoever still feeds.
    }
  }

  @Test func `another child's output is the input, directly`() throws {
    try onDrift {
      let first = try shell("printf 'b\\na\\n'").start()
      let second = try Command("sort").start(readingOutputOf: first)
      #expect(try second.output().text == "a\nb\n")
      #expect(try first.wait().status.isSuccess)
      #expect(throws: ResourceClosed.self) {
        _ = try Command("sort").start(readingOutputOf: first)
      }
      var silent = Command("true")
      silent.standardOutput = .null
      let third = try silent.start()
      #expect(throws: ResourceClosed.self) {
        _ = try Command("sort").start(readingOutputOf: third)
      }
    }
  }

  @Test func `a stream that is no pipe is closed, and says so`() throws {
    try onDrift {
      var command = Command("true")
      command.standardOutput = .null
      let child = try command.start()
      #expect(throws: ResourceClosed.self) { try child.standardInput.write([1]) }
      #expect(throws: ResourceClosed.self) { _ = try child.standardOutput.readLine() }
      child.standardInput.close()
      child.standardOutput.close()
      try child.standardInput.write([UInt8]())
      #expect(try child.wait().status.isSuccess)
    }
  }

  @Test func `another child's output blocks who reads it as an input`() throws {
    try onDrift {
      let first = try Command("true").start()
      let flags = try Command("sed", "-n", "s/^flags:[[:space:]]*//p", "/proc/self/fdinfo/0")
        .start(readingOutputOf: first).output().lines
      let number = try #require(flags.first.flatMap { Int32($0, radix: 8) })
      #expect(number & O_NONBLOCK == 0)
    }
  }

  @Test func `an input that is shut down is at its end`() throws {
    try onDrift {
      var command = Command("cat")
      command.standardInput = .pipe
      let child = try command.start()
      try child.standardInput.write("all")
      try child.standardInput.shutdownWrite()
      try child.standardInput.shutdownWrite()
      #expect(try child.output().text == "all")
      child.standardInput.close()
      #expect(throws: ResourceClosed.self) { try child.standardInput.shutdownWrite() }
    }
  }
}
