import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

/// A shell command.
func shell(_ script: String) -> Command {
  Command("sh", "-c", RawString(script))
}

@Suite struct OutputTests {
  @Test func `both outputs, the status and the price of a command`() throws {
    let result = try onDrift {
      try withTimeout(.seconds(25)) {
        try Command("sh", "-c", "echo out; echo err >&2; exit 3").output(limit: 1 << 20)
      }
    }
    #expect(result.text == "out\n")
    #expect(result.errorText == "err\n")
    #expect(result.status == .exited(code: 3))
    #expect(result.pid > 0)
    #expect(result.usage != nil)
    #expect(result.duration > .zero)
    #expect(!result.isTruncated && !result.isTimedOut && !result.isMatched && !result.isCutOff)
  }

  @Test func `a descriptor of the caller's is the input, and stays open`() throws {
    let pipe = try Pipe(readEnd: .blocking)
    let reader = pipe.readEnd
    let writer = pipe.writeEnd
    _ = try writer.write(Array("given".utf8))
    try writer.close()
    var command = Command("cat")
    command.standardInput = .descriptor(reader.rawValue)
    let result = try onDrift { try command.output() }
    #expect(result.text == "given")
    #expect(try reader.execMode == .closed)
  }

  @Test func `ten megabytes go in and out through cat`() throws {
    let bytes = noise(10 << 20, seed: 7)
    var command = Command("cat")
    command.standardInput = .bytes(bytes)
    let result = try onDrift { try command.output(limit: 20 << 20) }
    #expect(result.standardOutput == bytes)
    #expect(result.status.isSuccess)
  }

  @Test func `ten megabytes of errors come before any output`() throws {
    let result = try onDrift {
      try shell("head -c 10485760 /dev/zero >&2; echo done").output(limit: 16 << 20)
    }
    #expect(result.standardError.count == 10 << 20)
    #expect(result.text == "done\n")
  }

  @Test func `the limit holds for both outputs together, and the first bytes are kept`() throws {
    try onDrift {
      let script = "printf abcdef; sleep 0.05; printf 123456 >&2"
      let cut = try shell(script).output(limit: 8)
      #expect(cut.text == "abcdef" && cut.errorText == "12")
      #expect(cut.isTruncated && cut.status.isSuccess)
      let exact = try shell(script).output(limit: 12)
      #expect(exact.errorText == "123456" && !exact.isTruncated)
      let nothing = try shell("true").output(limit: 0)
      #expect(nothing.standardOutput.isEmpty && !nothing.isTruncated)
      let dropped = try shell("printf x").output(limit: 0)
      #expect(dropped.standardOutput.isEmpty && dropped.isTruncated)
      #expect(throws: InvalidArgument.self) { _ = try shell("true").output(limit: -1) }
    }
  }

  @Test func `a child over the limit is not blocked`() throws {
    let result = try onDrift {
      try shell("head -c 50000000 /dev/zero; head -c 50000000 /dev/zero >&2; exit 4")
        .output(limit: 1 << 10)
    }
    #expect(result.standardOutput.count + result.standardError.count == 1 << 10)
    #expect(result.isTruncated && result.status == .exited(code: 4))
  }

  @Test func `empty input is the end at once, and input that nobody wants is fine`() throws {
    try onDrift {
      var cat = Command("cat")
      cat.standardInput = .bytes([])
      let fed = try cat.output()
      #expect(fed.status.isSuccess)
      var deaf = shell("exec <&-; exit 6")
      deaf.standardInput = .bytes([UInt8](repeating: 1, count: 1 << 20))
      #expect(try deaf.output().status == .exited(code: 6))
      var null = Command("cat")
      null.standardInput = .null
      #expect(try null.output().standardOutput.isEmpty)
    }
  }

  @Test func `input that a descendant holds on to is not waited for`() throws {
    var command = shell("exec 3<&0; sleep 60 >/dev/null 2>&1 0<&3 & echo $!")
    command.standardInput = .bytes([UInt8](repeating: 1, count: 1 << 20))
    let result = try onDrift { try command.output() }
    let descendant = try #require(Int32(result.text.filter(\.isNumber)))
    #expect(isAlive(descendant))
    endStranger(descendant)
  }

  @Test func `a text that is split over two writes ends the command`() throws {
    try onDrift {
      let script = "printf 'one ready-'; sleep 0.1; printf 'now two'; exec sleep 60"
      let (result, span) = try measured {
        try shell(script).output(until: .text("ready-now"))
      }
      #expect(result.isMatched && !result.isTimedOut)
      #expect(result.text.hasPrefix("one ready-now"))
      #expect(result.status == .signalled(.terminate, coreDumped: false))
      #expect(span < .seconds(25))
      let other = try shell("printf aab >&2").output(until: .text("ab"))
      #expect(other.isMatched)
      let none = try shell("printf 'a'; printf 'b' >&2").output(until: .text("ab"))
      #expect(!none.isMatched)
    }
  }

  @Test func `a match in what was read ahead ends the child, whatever that traps`() throws {
    try onDrift {
      var command = shell("trap '' TERM; printf 'one\\nmore\\n'; while :; do sleep 0.05; done")
      command.grace = .milliseconds(50)
      let child = try command.start()
      #expect(try child.standardOutput.readLine() == "one")
      let result = try child.output(until: .text("more"))
      #expect(result.text == "more\n" && !result.isTimedOut)
      #expect(result.status == .signalled(.kill, coreDumped: false))
    }
  }

  @Test func `closing an output while a sink gets it cuts it off, and no more`() throws {
    try onDrift {
      let child = try shell("echo first; sleep 0.3; exit 4").start()
      var count = 0
      let result = try withScope { scope in
        let collecting = scope.spawn {
          try child.output(sink: { _, chunk in count += chunk.count })
        }
        while count == 0 { try GreenThread.sleep(for: .milliseconds(2)) }
        child.standardOutput.close()
        return try collecting.join()
      }
      #expect(result.isCutOff && result.status == .exited(code: 4))
    }
  }

  @Test func `a sink gets every chunk in order, and holds the child back`() throws {
    let result = try onDrift {
      var received: [UInt8] = []
      var pauses = 0
      var running = 0
      let output = try shell("seq 1 60000").output(limit: 0) { stream, chunk in
        #expect(stream == .standardOutput)
        running += 1
        #expect(running == 1)
        if pauses < 10 {
          pauses += 1
          try GreenThread.sleep(for: .milliseconds(5))
        }
        running -= 1
        received.append(contentsOf: chunk)
      }
      #expect(output.status.isSuccess)
      return received
    }
    let expected = (1...60000).map { "\($0)\n" }.joined()
    #expect(result == Array(expected.utf8))
  }

  @Test func `what both outputs write at once is not mixed up, with a sink or a limit`() throws {
    try onDrift(within: .seconds(60)) {
      let script =
        "head -c 3000000 /dev/zero | tr '\\0' o & head -c 3000000 /dev/zero | "
        + "tr '\\0' e >&2; wait"
      var counts = [0, 0]
      _ = try shell(script).output(limit: 0) { stream, chunk in
        let letter = UInt8(ascii: stream == .standardOutput ? "o" : "e")
        #expect(chunk.allSatisfy { $0 == letter })
        counts[stream == .standardOutput ? 0 : 1] += chunk.count
        GreenThread.yield()
      }
      #expect(counts == [3_000_000, 3_000_000])
      var command = shell(script)
      command.limits.overflow = .keepTail
      let tail = try command.output(limit: 100_000)
      #expect(tail.standardOutput.allSatisfy { $0 == UInt8(ascii: "o") })
      #expect(tail.standardError.allSatisfy { $0 == UInt8(ascii: "e") })
      #expect(tail.standardOutput.count + tail.standardError.count == 100_000)
    }
  }

  @Test func `a sink that is slower than the linger loses nothing`() throws {
    try onDrift {
      var command = shell("head -c 200000 /dev/zero")
      command.linger = .milliseconds(10)
      var count = 0
      let output = try command.output(limit: 0) { _, chunk in
        try GreenThread.sleep(for: .milliseconds(60))
        count += chunk.count
      }
      #expect(count == 200_000)
      #expect(!output.isCutOff)
    }
  }

  @Test func `the error of a sink ends the child, and is thrown`() throws {
    struct Refused: Error {}
    try onDrift {
      var pid: Int32 = 0
      // The grandchild holds both pipes, so that nobody may wait for their ends.
      var command = shell("sleep 60 & echo first; exec sleep 60")
      command.grace = .milliseconds(200)
      let span = elapsed {
        #expect(throws: Refused.self) {
          _ = try command.output(sink: { _, _ in throw Refused() }, started: { pid = $0.pid })
        }
      }
      #expect(span < .seconds(25))
      #expect(!isChild(pid))
    }
  }

  @Test func `a sink that is parked sees a cancellation`() throws {
    try onDrift {
      let span = elapsed {
        #expect(throws: DeadlineExceeded.self) {
          try withTimeout(.milliseconds(50)) {
            _ = try shell("echo first; exec sleep 60").output { _, _ in
              try GreenThread.sleep(for: .seconds(60))
            }
          }
        }
      }
      #expect(span < .seconds(25))
    }
  }

  @Test func `a hundred commands run at once`() throws {
    try onDrift(within: .seconds(60)) {
      let pipe = try Pipe(readEnd: .blocking)
      let input = pipe.readEnd
      let inputEnd = try Descriptor(adopting: pipe.writeEnd)
      let number = input.rawValue
      var started = 0
      var good = 0
      try withScope { scope in
        for index in 0..<100 {
          scope.spawn {
            // None ends before the input does, and that ends once all have begun.
            var command = shell("cat; echo \(index)")
            command.standardInput = .descriptor(number)
            let result = try command.output(started: { _ in
              started += 1
              if started == 100 { inputEnd.close() }
            })
            if result.text == "\(index)\n" { good += 1 }
          }
        }
      }
      #expect(good == 100)
    }
  }
}
