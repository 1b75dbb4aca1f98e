import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

// What the end of a command's time does, apart from the graceful end.
@Suite struct TimeoutTests {
  @Test func `unless told otherwise no time is set, two seconds are grace and 100 ms linger`() {
    let command = Command("true")
    #expect(command.timeout == nil && command.onTimeout == .end)
    #expect(command.grace == .seconds(2) && command.linger == .milliseconds(100))
    let pipeline = command | command
    #expect(pipeline.timeout == nil && pipeline.onTimeout == .end)
    #expect(pipeline.grace == .seconds(2) && pipeline.linger == .milliseconds(100))
  }

  @Test func `a negative time is refused, and nothing is started`() throws {
    let paths: [WritableKeyPath<Command, Duration>] = [\.grace, \.linger]
    try onDrift {
      var command = Command("true")
      command.timeout = .nanoseconds(-1)
      #expect(throws: InvalidArgument.self) { try command.run() }
      #expect(throws: InvalidArgument.self) { try (Command("true") | command).run() }
      #expect(throws: InvalidArgument.self) { _ = try TerminalSession(command) }
      for path in paths {
        var command = Command("true")
        command[keyPath: path] = .nanoseconds(-1)
        #expect(throws: InvalidArgument.self) { _ = try command.start() }
      }
      var pipeline = Command("true") | Command("true")
      for path in [\Pipeline.grace, \Pipeline.linger] {
        pipeline[keyPath: path] = .nanoseconds(-1)
        #expect(throws: InvalidArgument.self) { try pipeline.run() }
        pipeline[keyPath: path] = .zero
      }
      #expect(!SchedulerSnapshot().observations.contains { $0.name == "processes spawned" })
    }
  }

  @Test func `kill does not ask first`() throws {
    try onDrift {
      var command = shell("trap 'echo asked' TERM; echo hi; while :; do sleep 0.02; done")
      command.timeout = timeToStart
      command.onTimeout = .kill
      let result = try command.output()
      #expect(result.status == .signalled(.kill, coreDumped: false))
      #expect(result.isTimedOut && result.text == "hi\n")
    }
  }

  @Test func `the time begins with the start, however late somebody collects`() throws {
    try onDrift {
      var command = Command("sleep", "60")
      command.timeout = .seconds(1)
      command.onTimeout = .none
      let child = try command.start()
      try GreenThread.sleep(until: child.startTime.advanced(by: .seconds(1)))
      let (result, span) = try measured { try child.output() }
      #expect(result.isTimedOut && child.exitReport == nil)
      #expect(span < .seconds(1), "a whole further time")
      child.kill()
    }
  }

  @Test func `none returns control, and the child runs on with its pipes`() throws {
    try onDrift {
      var command = shell("echo before; read word; echo after $word")
      command.standardInput = .pipe
      command.timeout = timeToStart
      command.onTimeout = .none
      let child = try command.start()
      let first = try child.output()
      #expect(first.isTimedOut && first.text == "before\n" && first.status == .unknown)
      #expect(child.exitReport == nil && isAlive(child.pid))
      try child.standardInput.write("it\n")
      let rest = try child.output()
      #expect(rest.text == "after it\n" && rest.status.isSuccess && !rest.isTimedOut)
    }
  }

  @Test func `none returns control also while input is fed, which goes on`() throws {
    try onDrift {
      var command = shell("trap 'wc -c; exit' USR1; echo up; while :; do sleep 0.02; done")
      command.standardInput = .bytes(noise(1_000_000, seed: 1))
      command.timeout = .milliseconds(700)
      command.onTimeout = .none
      let child = try command.start()
      let early = try child.output()
      #expect(early.isTimedOut && early.text == "up\n" && child.exitReport == nil)
      try child.send(.user1)
      #expect(try child.output().lines.map { $0.filter { $0 != " " } } == ["1000000"])
      // Fed by the collecting itself.
      var ended: ChildProcess?
      command = Command("sleep", "60")
      command.standardInput = .bytes(noise(1_000_000, seed: 1))
      command.timeout = .milliseconds(50)
      command.onTimeout = .none
      #expect(try command.output(started: { ended = $0 }).isTimedOut)
      #expect(ended?.exitReport == nil)
      ended?.kill()
      try ended?.wait()
    }
  }

  @Test func `none returns control over a pipeline, too, whose rest may take its time`() throws {
    try onDrift {
      var first = shell("read word; echo $word")
      first.standardInput = .pipe
      var pipeline = first | Command("cat")
      pipeline.timeout = .milliseconds(50)
      pipeline.onTimeout = .none
      let running = try pipeline.start()
      #expect(try running.output().isTimedOut)
      try running.standardInput.write("late\n")
      let rest = try running.output()
      #expect(!rest.isTimedOut && rest.isSuccess && rest.text == "late\n")
    }
  }

  @Test func `a wait has a time of its own, and the child runs on`() throws {
    try onDrift {
      var command = Command("cat")
      command.standardInput = .pipe
      let child = try command.start()
      #expect(throws: DeadlineExceeded.self) { try child.wait(within: .zero) }
      #expect(throws: DeadlineExceeded.self) { try child.wait(within: .milliseconds(20)) }
      #expect(throws: InvalidArgument.self) { try child.wait(within: .seconds(-1)) }
      child.standardInput.close()
      #expect(try child.wait(within: .seconds(25)).status.isSuccess)
      #expect(try child.wait(within: .zero).status.isSuccess)
    }
  }

  @Test func `a green thread that waits is woken by its cancellation, and the child runs on`()
    throws
  {
    try onDrift {
      let child = try Command("sleep", "60").start()
      try withScope { scope in
        let waiter = scope.spawn { try child.wait() }
        GreenThread.yield()
        waiter.cancel()
        #expect(throws: Cancelled.self) { _ = try waiter.join() }
      }
      #expect(isAlive(child.pid))
      child.kill()
      #expect(try child.wait().status == .signalled(.kill, coreDumped: false))
    }
  }

  @Test func `who is cancelled waits for no child, not even for one that has ended`() throws {
    try onDrift {
      let child = try Command("true").start()
      try child.wait()
      try withScope { scope in
        scope.cancel()
        #expect(throws: Cancelled.self) { try child.wait() }
        #expect(throws: Cancelled.self) { try child.wait(within: .zero) }
      }
    }
  }

  @Test func `who has waited for long enough is no waiter any more`() throws {
    try onDrift {
      let child = try Command("sleep", "60").start()
      try withScope { scope in
        for time in [1, 2, 3] {
          scope.spawn {
            #expect(throws: DeadlineExceeded.self) {
              try child.wait(within: .milliseconds(time))
            }
          }
        }
      }
      #expect(SchedulerSnapshot().observations[0].count == 0)
      child.kill()
      try child.wait()
      #expect(SchedulerSnapshot().observations[0].count == 0)
    }
  }
}
