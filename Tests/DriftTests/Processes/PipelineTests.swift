import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct PipelineTests {
  @Test func `each stage reads what the one before writes`() throws {
    try onDrift {
      let result = try (shell("printf 'b\\na\\nb\\n'") | Command("sort") | Command("uniq", "-c"))
        .run()
      #expect(result.lines.map { $0.filter { $0 != " " } } == ["1a", "2b"])
      #expect(result.stages.count == 3 && result.stages.allSatisfy { $0.status.isSuccess })
      #expect(result.stages.allSatisfy { !isChild($0.pid) })
    }
  }

  @Test func `the first keeps its input, and each its errors`() throws {
    try onDrift {
      var first = shell("cat; echo one >&2")
      first.standardInput = .bytes(noise(1 << 20, seed: 3))
      var pipeline = first | shell("cat; echo two >&2")
      pipeline.stages[1].limits.byteLimit = 2 << 20
      let result = try pipeline.run()
      #expect(result.standardOutput == noise(1 << 20, seed: 3))
      #expect(result.stages.map(\.errorText) == ["one\n", "two\n"])
    }
  }

  @Test func `each stage has its own status, and the first failure is thrown`() throws {
    try onDrift {
      let pipeline = shell("exit 3") | shell("cat; exit 4") | Command("true")
      let result = try pipeline.output()
      #expect(result.stages.map(\.status) == [3, 4, 0].map { .exited(code: $0) })
      #expect(!result.isSuccess && result.status.isSuccess)
      let failure = #expect(throws: CommandFailed.self) { try pipeline.run() }
      #expect(failure?.command == "sh -c 'exit 3'")
    }
  }

  @Test func `a stage that ends because the next one has read enough has not failed`() throws {
    try onDrift {
      let result = try (Command("yes") | Command("head", "-n", "1")).run()
      #expect(result.text == "y\n")
      #expect(result.stages[0].status == .signalled(.brokenPipe, coreDumped: false))
    }
  }

  @Test func `all stages are in one group, which the first leads`() throws {
    try onDrift {
      var pids: [Int32] = []
      let result = try
        (shell("cut -d' ' -f5 /proc/self/stat")
        | shell("cat; cut -d' ' -f5 /proc/self/stat"))
        .output(started: { pids = $0.stages.map(\.pid) })
      #expect(result.lines == ["\(pids[0])", "\(pids[0])"])
    }
  }

  @Test func `a first stage that has ended already does not keep the others out`() throws {
    try onDrift {
      for _ in 0..<50 {
        let result = try (Command("true") | Command("true") | Command("cat")).run()
        #expect(result.standardOutput.isEmpty)
      }
    }
  }

  @Test func `a stage that cannot be started ends those before it`() throws {
    try onDrift {
      let before = ProcessCounters.current
      let error = #expect(throws: CoreError.self) {
        try (Command("sleep", "60") | Command("sleep", "60") | Command("/nonexistent")).run()
      }
      #expect(error?.subject == .path("/nonexistent"))
      let after = ProcessCounters.current
      #expect(after.live == 0 && after.spawned == before.spawned + 2 && after.failed == 1)
    }
  }

  @Test func `a timeout ends all, gracefully and then by KILL`() throws {
    try onDrift {
      var pipeline =
        shell("trap 'exit 7' TERM; while :; do sleep 0.02; done")
        | shell("trap '' TERM; echo up; while :; do sleep 0.02; done")
      pipeline.timeout = timeToStart
      pipeline.grace = .milliseconds(200)
      let result = try pipeline.output()
      #expect(result.isTimedOut && !result.isSuccess)
      #expect(result.stages[0].status == .exited(code: 7))
      #expect(result.status == .signalled(.kill, coreDumped: false))
      #expect(result.text == "up\n")
    }
  }

  @Test func `a stage outside of the group of the first ends with it`() throws {
    var inherited = Command("sleep", "60")
    inherited.processGroup = .inherit
    var led = Command("sleep", "60")
    led.session = .own
    for second in [inherited, led] {
      try onDrift {
        var pipeline = Command("sleep", "60") | second
        pipeline.timeout = .milliseconds(50)
        pipeline.grace = .seconds(60)
        let result = try pipeline.output()
        let ended = ExitStatus.signalled(.terminate, coreDumped: false)
        #expect(result.stages.map(\.status) == [ended, ended])
        let running = try pipeline.start()
        running.kill()
        let killed = ExitStatus.signalled(.kill, coreDumped: false)
        #expect(try running.wait().map(\.status) == [killed, killed])
        let unstarted = pipeline | Command("/nonexistent")
        #expect(throws: CoreError.self) { _ = try unstarted.start() }
        #expect(ProcessCounters.current.live == 0)
      }
    }
  }

  @Test func `the others start also behind the leader of a session`() throws {
    try onDrift {
      var first = Command("echo", "one")
      first.session = .own
      let result = try (first | Command("cat") | Command("cat")).run()
      #expect(result.text == "one\n")
    }
  }

  @Test func `who asks one stage to end asks them all`() throws {
    try onDrift {
      var pipeline =
        shell("trap 'exit 7' TERM; echo up; while :; do sleep 0.02; done")
        | shell("read line; echo $line; exec sleep 60")
      pipeline.grace = .seconds(20)
      let running = try pipeline.start()
      #expect(try running.standardOutput.readLine() == "up")
      running.stages[1].requestEnd()
      let result = try running.output()
      #expect(result.stages[0].status == .exited(code: 7))
      #expect(result.status == .signalled(.terminate, coreDumped: false))
    }
  }

  @Test func `what had not ended in time is said to have timed out`() throws {
    try onDrift {
      var pipeline = Command("sleep", "60") | Command("cat")
      pipeline.timeout = .milliseconds(50)
      let late = #expect(throws: CommandFailed.self) { try pipeline.run() }
      #expect(late?.output.isTimedOut == true && late?.description == "`sleep 60` timed out")
      // The first ends well, but only on TERM.
      pipeline = shell("trap 'exit 0' TERM; while :; do sleep 0.02; done") | shell("exit 3")
      pipeline.timeout = .seconds(2)
      let result = try pipeline.output()
      #expect(result.isTimedOut && result.stages.map(\.isTimedOut) == [true, false])
      #expect(result.firstFailure == 0)
    }
  }

  @Test func `a cancelled pipeline is ended and reaped`() throws {
    try onDrift {
      var pids: [Int32] = []
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(50)) {
          _ = try (Command("sleep", "60") | Command("cat"))
            .output(started: { pids = $0.stages.map(\.pid) })
        }
      }
      #expect(pids.count == 2 && pids.allSatisfy { !isChild($0) })
    }
  }

  @Test func `the ends of a running pipeline are streams`() throws {
    try onDrift {
      var first = Command("cat")
      first.standardInput = .pipe
      let running = try (first | Command("tr", "a-z", "A-Z")).start()
      try running.standardInput.write("hello\n")
      running.standardInput.close()
      #expect(try running.standardOutput.readLine() == "HELLO")
      #expect(try running.wait().allSatisfy { $0.status.isSuccess })
    }
  }

  @Test func `bytes are fed also to a pipeline that nobody collects`() throws {
    try onDrift {
      var first = Command("cat")
      first.standardInput = .bytes([UInt8](repeating: 1, count: 1_000_000))
      let running = try (first | shell("test $(wc -c) = 1000000")).start()
      #expect(try running.wait().allSatisfy { $0.status.isSuccess })
    }
  }

  @Test func `a dropped pipeline leaves nobody behind`() throws {
    try onDrift {
      let pids = try (Command("sleep", "60") | Command("cat")).start().stages.map(\.pid)
      for _ in 0..<1500 where pids.contains(where: isChild) {
        try GreenThread.sleep(for: .milliseconds(10))
      }
      #expect(!pids.contains(where: isChild))
    }
  }

  @Test func `streams that lead elsewhere are refused, and so are no stages`() throws {
    try onDrift {
      #expect(throws: InvalidArgument.self) { try Pipeline([]).run() }
      var second = Command("cat")
      second.standardInput = .text("x")
      #expect(throws: InvalidArgument.self) { try (Command("true") | second).run() }
      var first = Command("true")
      first.standardOutput = .null
      #expect(throws: InvalidArgument.self) { try (first | Command("cat")).run() }
      #expect(ProcessCounters.current.spawned == 0)
    }
  }

  @Test func `one stage is a pipeline, too`() throws {
    let result = try onDrift { try Pipeline(Command("echo", "one")).run() }
    #expect(result.text == "one\n")
    #expect((Command("ls") | Command("grep", "a b")).description == "ls | grep 'a b'")
  }
}
