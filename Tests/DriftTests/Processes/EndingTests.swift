import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

// A command's time is up at its deadline, whatever the child does about it.
@Suite struct EndingTests {
  /// Runs a command that does not end by itself within a minute, under a timeout and a grace that
  /// is over long before, or never is.
  private func timed(
    _ script: String, grace: Duration = .seconds(60)
  ) throws -> CommandOutput {
    var command = shell(script)
    command.timeout = timeToStart
    command.grace = grace
    command.linger = .milliseconds(100)
    return try onDrift {
      var pid: Int32 = 0
      let (result, span) = try measured { try command.output(started: { pid = $0.pid }) }
      #expect(span >= timeToStart)
      #expect(span < .seconds(25))
      #expect(result.isTimedOut)
      #expect(!isChild(pid))
      return result
    }
  }

  @Test func `one that ends on TERM keeps its own status and output`() throws {
    let result = try timed(
      "trap 'echo bye; exit 7' TERM; echo hi; while :; do sleep 0.02; done")
    #expect(result.status == .exited(code: 7))
    #expect(result.text == "hi\nbye\n")
  }

  @Test func `one that ignores TERM is killed after the grace`() throws {
    let result = try timed(
      "trap '' TERM; echo hi; while :; do sleep 0.02; done", grace: .milliseconds(200))
    #expect(result.status == .signalled(.kill, coreDumped: false))
    #expect(result.duration >= timeToStart + .milliseconds(200))
    #expect(result.text == "hi\n")
  }

  @Test func `one that has closed its outputs and sleeps`() throws {
    let result = try timed("exec >&- 2>&-; exec sleep 60")
    #expect(result.status == .signalled(.terminate, coreDumped: false))
    #expect(!result.isCutOff)
  }

  @Test func `one whose grandchild holds the pipes`() throws {
    let result = try timed("sleep 60 & echo hi; wait")
    #expect(result.status == .signalled(.terminate, coreDumped: false))
    #expect(result.text == "hi\n")
  }

  @Test func `one whose grandchild has left the group and holds the pipes`() throws {
    let result = try timed("setsid sleep 60 & echo $!; wait", grace: .milliseconds(200))
    #expect(result.isCutOff)
    let grandchild = try #require(Int32(result.text.filter(\.isNumber)))
    #expect(isAlive(grandchild))
    endStranger(grandchild)
  }

  @Test func `one that is stopped`() throws {
    let result = try timed("kill -STOP $$; exec sleep 60")
    #expect(result.status == .signalled(.terminate, coreDumped: false))
  }

  @Test func `one that produces without end`() throws {
    let result = try timed("exec yes")
    #expect(result.status == .signalled(.terminate, coreDumped: false))
    #expect(result.isTruncated && result.standardOutput.count == 1 << 20)
  }

  @Test func `five that produce without end, beside a ticker`() throws {
    try onDrift {
      var ticks = 0
      try withScope { scope in
        let ticker = scope.spawn {
          while true {
            try GreenThread.sleep(for: .milliseconds(1))
            ticks += 1
          }
        }
        try withScope { inner in
          for _ in 0..<5 {
            inner.spawn {
              var command = Command("yes")
              command.timeout = timeToStart
              let result = try command.output(limit: 1000)
              #expect(result.isTimedOut)
            }
          }
        }
        ticker.cancel()
      }
      #expect(ticks > 10)
    }
  }

  @Test func `a descendant that ignores TERM does not outlive the grace`() throws {
    let result = try timed(
      "(trap '' TERM; echo $(exec sh -c 'echo $PPID'); while :; do sleep 0.02; done) & wait",
      grace: .milliseconds(200))
    let grandchild = try #require(Int32(result.text.filter(\.isNumber)))
    #expect(result.status == .signalled(.terminate, coreDumped: false))
    #expect(eventually { !isAlive(grandchild) })
  }

  /// Its leader dies of TERM; a descendant that holds no output saves its state then, as a file.
  private func savingScript(in folder: TemporaryFolder) -> String {
    """
    (trap 'sleep 0.3; : > \(folder("saved")); exit' TERM; echo ready
    exec >/dev/null 2>&1 </dev/null; while :; do sleep 0.02; done) & wait
    """
  }

  @Test func `a descendant that holds no output has the grace, too`() throws {
    try withTemporaryFolder { folder in
      // Where nobody collects orphans, a zombie counts as a member until the grace is over.
      let result = try timed(savingScript(in: folder), grace: .seconds(15))
      #expect(result.status == .signalled(.terminate, coreDumped: false))
      #expect(result.text == "ready\n")
      #expect(unsafe access("\(folder.path)/saved", F_OK) == 0)
    }
  }

  @Test func `a descendant has the grace also beside a sink, and in a pipeline`() throws {
    try withTemporaryFolder { folder in
      try onDrift(within: .seconds(60)) {
        var command = shell(savingScript(in: folder))
        command.timeout = timeToStart
        command.grace = .seconds(15)
        let result = try command.output(sink: { _, _ in })
        #expect(result.isTimedOut && result.text == "ready\n")
        #expect(unsafe unlink("\(folder.path)/saved") == 0)
        var pipeline = shell("exec sleep 60") | shell(savingScript(in: folder))
        pipeline.timeout = timeToStart
        pipeline.grace = .seconds(15)
        #expect(try pipeline.output().isTimedOut)
        #expect(unsafe unlink("\(folder.path)/saved") == 0)
      }
    }
  }

  @Test func `without the group flag of a pidfd the outputs' ends stand for the group's`() throws {
    // EINVAL is what kernels before 6.9 answer.
    let unknown = RefusedCall(.pidfdSendSignal, with: EINVAL, whereArgument: 3, is: 4)
    try withRefusedCalls([unknown]) {
      try Drift.run {
        var command = shell(
          """
          (trap 'sleep 0.1; echo saved; exit' TERM; echo ready; while :; do sleep 0.02; done) & wait
          """)
        command.timeout = timeToStart
        command.grace = .seconds(15)
        let result = try command.output()
        #expect(result.isTimedOut && !result.isCutOff)
        #expect(result.text == "ready\nsaved\n")
      }
    }
  }

  @Test func `output of a descendant is waited for, but no longer than the linger`() throws {
    try onDrift {
      var command = shell("(sleep 0.05; echo late) & echo early")
      command.linger = .seconds(20)
      let patient = try command.output()
      #expect(patient.text == "early\nlate\n" && !patient.isCutOff)
      command = shell("sleep 60 & echo $!")
      command.linger = .milliseconds(50)
      let (result, span) = try measured { try command.output() }
      let descendant = try #require(Int32(result.text.filter(\.isNumber)))
      #expect(isAlive(descendant) && result.isCutOff && !result.isTimedOut)
      endStranger(descendant)
      #expect(result.status == .exited(code: 0))
      #expect(span < .seconds(25))
    }
  }

  @Test func `a descendant that writes without end is cut off`() throws {
    try onDrift {
      var pid: Int32 = 0
      let result = try shell("yes & sleep 0.05").output(limit: 100, started: { pid = $0.pid })
      #expect(result.isCutOff && result.status.isSuccess)
      #expect(eventually { !isChild(pid) })
    }
  }

  @Test func `a cancelled command is ended gracefully and leaves no zombie`() throws {
    try onDrift {
      var pid: Int32 = 0
      var seen: [UInt8] = []
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(timeToStart) {
          var command = shell("trap 'echo bye; exit' TERM; echo hi; while :; do sleep 0.02; done")
          command.grace = .seconds(60)
          _ = try command.output(
            sink: { stream, chunk in if stream == .standardOutput { seen += chunk } },
            started: { pid = $0.pid })
        }
      }
      #expect(String(decoding: seen, as: UTF8.self) == "hi\nbye\n")
      #expect(!isChild(pid))
    }
  }

  @Test func `a command that is cancelled before it has begun leaves nothing behind`() throws {
    try onDrift {
      for _ in 0..<50 {
        var pid: Int32 = 0
        var end: (any Error)?
        try withScope { scope in
          end = errorThrown {
            _ = try Command("sleep", "60").output(started: {
              pid = $0.pid
              scope.cancel()
            })
          }
        }
        #expect(end is Cancelled)
        #expect(pid > 0 && !isChild(pid))
      }
    }
  }

  @Test func `who is cancelled starts nothing`() throws {
    try onDrift {
      try withScope { scope in
        scope.cancel()
        #expect(throws: Cancelled.self) { _ = try Command("true").start() }
        #expect(throws: Cancelled.self) { _ = try (Command("true") | Command("cat")).start() }
        #expect(throws: Cancelled.self) { _ = try TerminalSession(Command("true")) }
      }
      #expect(ProcessCounters.current.spawned == 0)
    }
  }

  @Test func `who is cancelled before he collects ends the child, also with a line read ahead`()
    throws
  {
    try onDrift {
      let child = try shell("printf 'a\nb\n'; exec sleep 60").start()
      #expect(try child.standardOutput.readLine() == "a")
      var end: (any Error)?
      try withScope { scope in
        scope.cancel()
        end = errorThrown { _ = try child.output() }
      }
      #expect(end is Cancelled)
      #expect(child.exitReport?.status == .signalled(.terminate, coreDumped: false))
      child.kill()
    }
  }

  @Test func `a request from elsewhere ends the command, which is not a timeout`() throws {
    try onDrift {
      var child: ChildProcess?
      try withScope { scope in
        var command = shell("trap '' TERM; echo hi; while :; do sleep 0.02; done")
        command.grace = .milliseconds(100)
        command.timeout = .seconds(60)
        // Once it says hi, TERM does nothing to it.
        let result = try command.output(
          sink: { _, _ in scope.spawn { child?.requestEnd() } }, started: { child = $0 })
        #expect(result.status == .signalled(.kill, coreDumped: false))
        #expect(!result.isTimedOut && result.text == "hi\n")
      }
    }
  }
}
