import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct ChildProcessTests {
  @Test func `its end is learned without polling`() throws {
    try onDrift {
      let child = try Command("sleep", "1").start()
      let before = Counters.current
      let report = try child.wait()
      // No timer was needed, and nobody but the end has woken who waits.
      #expect(Counters.current.timersFired == before.timersFired)
      #expect(Counters.current.staleWakes == before.staleWakes)
      #expect(report.status == .exited(code: 0))
      let endTime = try #require(child.endTime)
      #expect(child.startTime.duration(to: endTime) >= .milliseconds(950))
    }
  }

  @Test func `it has run for no less time than it has computed`() throws {
    try onDrift {
      for _ in 0..<50 {
        let result = try Command("true").output()
        let usage = try #require(result.usage)
        // The clocks are two.
        #expect(result.duration >= (usage.userTime + usage.systemTime) * 0.9)
      }
    }
  }

  @Test func `any number of green threads wait for one child, and again`() throws {
    try onDrift {
      let child = try shell("sleep 0.1; exit 5").start()
      #expect(child.exitReport == nil)
      var reports: [ExitReport] = []
      try withScope { scope in
        for _ in 0..<50 { scope.spawn { reports.append(try child.wait()) } }
        let impatient = scope.spawn { try child.wait() }
        GreenThread.yield()
        impatient.cancel()
      }
      reports.append(try child.wait())
      #expect(reports.count == 51)
      #expect(Set(reports).count == 1)
      #expect(reports[0].status == .exited(code: 5))
      #expect(child.exitReport == reports[0])
      #expect(!isChild(child.pid))
    }
  }

  @Test func `a signal shows in the status, and one to the dead is fine`() throws {
    try onDrift {
      let child = try Command("sleep", "60").start()
      try child.send(.user1)
      #expect(try child.wait().status == .signalled(.user1, coreDumped: false))
      try child.send(.kill)
      try child.send(.kill, to: .group)
      child.requestEnd()
      #expect(try child.end().status == .signalled(.user1, coreDumped: false))
    }
  }

  @Test func `a graceful end goes on to KILL, also when the caller is cancelled`() throws {
    try onDrift {
      var command = shell("trap '' TERM; echo up; while :; do sleep 0.02; done")
      command.grace = .milliseconds(100)
      let child = try command.start()
      #expect(try readText(child.standardOutput) == "up\n")
      var status: CoreShift.ExitStatus?
      let span = try elapsed {
        try withScope { scope in
          scope.spawn { status = try child.end().status }
          GreenThread.yield()
          scope.cancel()
        }
      }
      #expect(status == .signalled(.kill, coreDumped: false))
      #expect(span >= .milliseconds(100))
    }
  }

  @Test func `a graceful end leaves a child that heeds TERM its own status`() throws {
    try onDrift {
      var command = shell("trap 'exit 7' TERM; echo up; while :; do sleep 0.02; done")
      command.grace = .seconds(20)
      let child = try command.start()
      #expect(try readText(child.standardOutput) == "up\n")
      #expect(try child.end().status == .exited(code: 7))
    }
  }

  @Test func `its pipes are ordinary descriptors`() throws {
    try onDrift {
      var command = Command("cat")
      command.standardInput = .pipe
      let child = try command.start()
      let input = child.standardInput
      let output = child.standardOutput
      for round in 0..<10 {
        try input.write(Array("line \(round)\n".utf8))
        #expect(try readText(output) == "line \(round)\n")
      }
      input.close()
      #expect(try readText(output) == "")
      #expect(try child.wait().status.isSuccess)
    }
  }

  @Test func `a dropped handle ends the child with its group and leaves no zombie`() throws {
    try onDrift {
      var pids: [Int32] = []
      for _ in 0..<20 {
        let child = try shell("trap '' TERM; sleep 60 & echo $!; wait").start()
        let output = child.standardOutput
        pids.append(child.pid)
        pids.append(try #require(Int32(readText(output).filter(\.isNumber))))
      }
      for _ in 0..<1500 where pids.contains(where: { isChild($0) || isAlive($0) }) {
        try GreenThread.sleep(for: .milliseconds(10))
      }
      for pid in pids { #expect(!isChild(pid) && !isAlive(pid)) }
    }
  }

  @Test func `what is dropped as the last thing of a program is reaped too`() throws {
    var dropped: Int32 = 0
    var kept: ChildProcess?
    try onOwnThread {
      try Drift.run {
        kept = try Command("sleep", "60").start()
        dropped = try Command("sleep", "60").start().pid
      }
      #expect(dropped > 0 && !isChild(dropped))
      let pid = try #require(kept).pid
      #expect(isAlive(pid))
      kept = nil
      #expect(!isChild(pid) && !isAlive(pid))
    }
  }

  @Test func `a thousand commands, also failing ones, leave neither zombie nor descriptor`() throws
  {
    try onDrift(within: .seconds(60)) {
      var pids: [Int32] = []
      let before = highestOpenNumbers()
      for round in 0..<250 {
        pids.append(try Command("true").output().pid)
        #expect(throws: CoreError.self) { _ = try Command("/nonexistent/program").output() }
        let dropped = try Command("true").start()
        pids.append(dropped.pid)
        if round % 10 == 0 {
          _ = try? withTimeout(.milliseconds(1)) {
            try Command("sleep", "60").output(started: { pids.append($0.pid) })
          }
        }
      }
      for _ in 0..<1500 where pids.contains(where: isChild) {
        try GreenThread.sleep(for: .milliseconds(10))
      }
      #expect(pids.allSatisfy { !isChild($0) })
      // Other suites run beside this one: only growth by hundreds is ours.
      #expect(highestOpenNumbers() < before + 200)
    }
  }

  @Test(arguments: [DrainedStream.standardOutput, .standardError])
  func `collecting beside a reader is ResourceBusy, and disturbs nobody`(
    stream: DrainedStream
  ) throws {
    try onDrift {
      let redirection = stream == .standardOutput ? "" : ">&2"
      var command = shell("printf 'a\\nb\\n'; read line; echo \"$line\" \(redirection); exit 3")
      command.standardInput = .pipe
      let child = try command.start()
      // The second line is read ahead, and stays to be collected.
      #expect(try child.standardOutput.readLine() == "a")
      if stream == .standardOutput { #expect(try child.standardOutput.readLine() == "b") }
      let output = stream == .standardOutput ? child.standardOutput : child.standardError
      try withScope { scope in
        let reading = scope.spawn { try output.readLine() }
        try GreenThread.sleep(for: .milliseconds(2))
        #expect(throws: ResourceBusy.self) { try child.output() }
        #expect(child.exitReport == nil && !reading.isFinished)
        try child.standardInput.write("hello\n")
        #expect(try reading.join() == "hello")
      }
      let result = try child.output()
      #expect(result.text == (stream == .standardOutput ? "" : "b\n"))
      #expect(result.status == .exited(code: 3))
    }
  }

  @Test func `a pipeline that is collected beside a reader is ResourceBusy, and runs on`() throws {
    try onDrift {
      var cat = Command("cat")
      cat.standardInput = .pipe
      let running = try (cat | Command("cat")).start()
      try withScope { scope in
        let reading = scope.spawn { try readText(running.standardOutput) }
        try GreenThread.sleep(for: .milliseconds(2))
        #expect(throws: ResourceBusy.self) { try running.output() }
        try running.standardInput.write("hello\n")
        #expect(try reading.join() == "hello\n")
      }
      running.standardInput.close()
      #expect(try running.output().isSuccess)
    }
  }

  @Test func `who begins to read while a sink parks is left the pipe`() throws {
    try onDrift {
      let child = try shell("echo a; exec sleep 60").start()
      try withScope { scope in
        var reading: Handle<String?>?
        #expect(throws: ResourceBusy.self) {
          try child.output(sink: { _, _ in
            reading = scope.spawn { try child.standardOutput.readLine() }
            try GreenThread.sleep(for: .milliseconds(2))
          })
        }
        let line = try reading?.join()
        #expect(line == .some(nil))
      }
      #expect(child.exitReport != nil)
    }
  }

  @Test func `collecting while another's sink is parked is ResourceBusy, and takes nothing of it`()
    throws
  {
    try onDrift {
      var command = shell("echo a; read line; echo b")
      command.standardInput = .pipe
      let child = try command.start()
      try withScope { scope in
        let gate = Gate(label: "the sink")
        var isParked = false
        let first = scope.spawn {
          try child.output(sink: { _, _ in
            isParked = true
            try gate.pass()
          })
        }
        while !isParked { try GreenThread.sleep(for: .milliseconds(1)) }
        #expect(throws: ResourceBusy.self) { try child.output() }
        gate.open()
        try child.standardInput.write("\n")
        let output = try first.join()
        #expect(output.text == "a\nb\n" && !output.isCutOff)
      }
      #expect(try child.output().text.isEmpty)
    }
  }

  private func highestOpenNumbers() -> Int {
    (0..<2000).count { isOpen(Int32($0)) }
  }
}
