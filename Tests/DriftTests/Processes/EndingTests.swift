import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

// A command's time is up at its deadline, whatever the child does about it.
@Suite struct EndingTests {
  /// Runs a command that does not end by itself under a timeout of 200 ms and a grace of 200 ms.
  private func timed(
    _ script: String, atMost limit: Duration, linger: Duration = .milliseconds(100)
  ) throws -> CommandOutput {
    var command = shell(script)
    command.timeout = .milliseconds(200)
    command.grace = .milliseconds(200)
    command.linger = linger
    return try onDrift {
      var pid: Int32 = 0
      let (result, span) = try measured { try command.output(started: { pid = $0.pid }) }
      #expect(span >= .milliseconds(200))
      #expect(span < limit)
      #expect(result.isTimedOut)
      #expect(!isChild(pid))
      return result
    }
  }

  @Test func `one that ends on TERM keeps its own status and output`() throws {
    let result = try timed(
      "trap 'echo bye; exit 7' TERM; echo hi; while :; do sleep 0.02; done",
      atMost: .milliseconds(390))
    #expect(result.status == .exited(code: 7))
    #expect(result.text == "hi\nbye\n")
  }

  @Test func `one that ignores TERM is killed after the grace`() throws {
    let result = try timed(
      "trap '' TERM; echo hi; while :; do sleep 0.02; done", atMost: .seconds(1))
    #expect(result.status == .signalled(.kill, coreDumped: false))
    #expect(result.duration >= .milliseconds(390))
    #expect(result.text == "hi\n")
  }

  @Test func `one that has closed its outputs and sleeps`() throws {
    let result = try timed("exec >&- 2>&-; exec sleep 30", atMost: .milliseconds(390))
    #expect(result.status == .signalled(.terminate, coreDumped: false))
    #expect(!result.isCutOff)
  }

  @Test func `one whose grandchild holds the pipes`() throws {
    let result = try timed("sleep 30 & echo hi; wait", atMost: .milliseconds(390))
    #expect(result.status == .signalled(.terminate, coreDumped: false))
    #expect(result.text == "hi\n")
  }

  @Test func `one whose grandchild has left the group and holds the pipes`() throws {
    let result = try timed("setsid sleep 3 & echo hi; wait", atMost: .seconds(1))
    #expect(result.isCutOff)
    #expect(result.text == "hi\n")
  }

  @Test func `one that is stopped`() throws {
    let result = try timed("kill -STOP $$; exec sleep 30", atMost: .milliseconds(390))
    #expect(result.status == .signalled(.terminate, coreDumped: false))
  }

  @Test func `one that produces without end`() throws {
    let result = try timed("exec yes", atMost: .milliseconds(390))
    #expect(result.status == .signalled(.terminate, coreDumped: false))
    #expect(result.isTruncated && result.standardOutput.count == 1 << 20)
  }

  @Test func `five that produce without end, beside a ticker`() throws {
    try onDrift {
      var ticks = 0
      let span = try elapsed {
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
                command.timeout = .milliseconds(200)
                let result = try command.output(limit: 1000)
                #expect(result.isTimedOut)
              }
            }
          }
          ticker.cancel()
        }
      }
      #expect(span < .milliseconds(600))
      #expect(ticks > 10)
    }
  }

  @Test func `a descendant that ignores TERM does not outlive the grace`() throws {
    let result = try timed(
      "(trap '' TERM; echo $(exec sh -c 'echo $PPID'); while :; do sleep 0.02; done) & wait",
      atMost: .seconds(1))
    let grandchild = try #require(Int32(result.text.filter(\.isNumber)))
    #expect(result.status == .signalled(.terminate, coreDumped: false))
    #expect(eventually { !isAlive(grandchild) })
  }

  @Test func `output of a descendant is waited for, but no longer than the linger`() throws {
    try onDrift {
      var command = shell("(sleep 0.05; echo late) & echo early")
      command.linger = .seconds(2)
      let patient = try command.output()
      #expect(patient.text == "early\nlate\n" && !patient.isCutOff)
      command = shell("sleep 30 & echo early")
      command.linger = .milliseconds(50)
      let (result, span) = try measured { try command.output() }
      #expect(result.text == "early\n" && result.isCutOff && !result.isTimedOut)
      #expect(result.status == .exited(code: 0))
      #expect(span < .milliseconds(500))
    }
  }

  @Test func `a descendant that writes without end is cut off`() throws {
    try onDrift {
      var pid: Int32 = 0
      let (result, span) = try measured {
        try shell("yes & sleep 0.05").output(limit: 100, started: { pid = $0.pid })
      }
      #expect(result.isCutOff && result.status.isSuccess)
      #expect(span < .seconds(1))
      #expect(eventually { !isChild(pid) })
    }
  }

  @Test func `a cancelled command is ended gracefully and leaves no zombie`() throws {
    try onDrift {
      var pid: Int32 = 0
      var seen: [UInt8] = []
      let span = elapsed {
        #expect(throws: DeadlineExceeded.self) {
          try withTimeout(.milliseconds(150)) {
            _ = try shell("trap 'echo bye; exit' TERM; echo hi; while :; do sleep 0.02; done")
              .output(
                sink: { stream, chunk in if stream == .output { seen += chunk } },
                started: { pid = $0.pid })
          }
        }
      }
      #expect(span < .milliseconds(600))
      #expect(String(decoding: seen, as: UTF8.self) == "hi\nbye\n")
      #expect(!isChild(pid))
    }
  }

  @Test func `a command that is cancelled before it has begun leaves nothing behind`() throws {
    try onDrift {
      for _ in 0..<50 {
        var pid: Int32 = 0
        let scopeEnd = #expect(throws: (any Error).self) {
          try withScope { scope in
            _ = try Command("sleep", "30").output(started: {
              pid = $0.pid
              scope.cancel()
            })
          }
        }
        #expect(scopeEnd is Cancelled)
        #expect(pid > 0 && !isChild(pid))
      }
    }
  }

  @Test func `a request from elsewhere ends the command, which is not a timeout`() throws {
    try onDrift {
      var child: ChildProcess?
      try withScope { scope in
        scope.spawn {
          try GreenThread.sleep(for: .milliseconds(50))
          child?.requestEnd()
        }
        var command = shell("trap '' TERM; echo hi; while :; do sleep 0.02; done")
        command.grace = .milliseconds(100)
        command.timeout = .seconds(20)
        let result = try command.output(started: { child = $0 })
        #expect(result.status == .signalled(.kill, coreDumped: false))
        #expect(!result.isTimedOut && result.text == "hi\n")
      }
    }
  }
}
