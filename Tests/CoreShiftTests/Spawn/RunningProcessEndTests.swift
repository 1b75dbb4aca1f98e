import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// How a process ends in time, whatever it does.
@Suite struct RunningProcessEndTests {
  private func policy(_ timeout: Duration, grace: Duration = .milliseconds(200)) -> RunPolicy {
    var policy = RunPolicy()
    policy.timeout = timeout
    policy.onTimeout = .end(grace: grace)
    return policy
  }

  @Test func `a process that ends on TERM keeps its own status and its output`() throws {
    let script = "trap 'echo bye; exit 9' TERM; echo ready; while :; do sleep 0.02; done"
    let output = try runPrepared(shell(script), policy(.milliseconds(150), grace: .seconds(60)))
    #expect(output.hasTimedOut)
    #expect(output.exit?.status == .exited(code: 9))
    #expect(text(output.standardOutput) == "ready\nbye\n")
  }

  @Test func `a process that ignores TERM is killed after the grace`() throws {
    let script = "trap '' TERM; echo ready; while :; do sleep 0.02; done"
    let output = try runPrepared(shell(script), policy(.milliseconds(100)))
    #expect(output.hasTimedOut)
    #expect(output.exit?.status == .signalled(.kill, coreDumped: false))
    let runTime = try #require(output.runTime)
    #expect(runTime >= .milliseconds(300), "the time and the grace")
  }

  @Test func `a process that has closed its streams ends in time`() throws {
    let script = "exec <&- >&- 2>&-; sleep 60"
    let output = try run(shell(script), policy(.milliseconds(100), grace: .seconds(60)))
    #expect(output.hasTimedOut)
    #expect(output.exit?.status == .signalled(.terminate, coreDumped: false))
  }

  @Test func `a stopped process ends in time`() throws {
    let output = try run(
      shell("kill -STOP $$; sleep 60"), policy(.milliseconds(100), grace: .seconds(60)))
    #expect(output.exit?.status == .signalled(.terminate, coreDumped: false))
  }

  @Test func `an endless producer ends in time, with its first output and both flags`() throws {
    var policy = policy(.milliseconds(200), grace: .seconds(60))
    policy.limits.byteLimit = 1000
    var options = SpawnOptions(["/usr/bin/yes"], backend: .clone)
    options.standardOutput = .pipe
    let output = try runPrepared(options, policy) { $0.isTruncated }
    #expect(output.hasTimedOut && output.isTruncated)
    #expect(text(output.standardOutput) == String(repeating: "y\n", count: 500))
    #expect(output.exit?.status == .signalled(.terminate, coreDumped: false))
  }

  @Test func `five endless producers on one reactor all end in time`() throws {
    var reactor = try Reactor()
    var options = SpawnOptions(["/usr/bin/yes"], backend: .clone)
    options.standardOutput = .pipe
    let start = ContinuousClock.now
    var a = try RunningProcess(spawning: options, policy: policy(.milliseconds(200)))
    var b = try RunningProcess(spawning: options, policy: policy(.milliseconds(200)))
    var c = try RunningProcess(spawning: options, policy: policy(.milliseconds(200)))
    var d = try RunningProcess(spawning: options, policy: policy(.milliseconds(200)))
    var e = try RunningProcess(spawning: options, policy: policy(.milliseconds(200)))
    try a.register(with: &reactor)
    try b.register(with: &reactor)
    try c.register(with: &reactor)
    try d.register(with: &reactor)
    try e.register(with: &reactor)
    var events: [Event] = []
    var finished = 0
    while finished < 5, start.duration(to: .now) < .seconds(20) {
      _ = try reactor.wait(into: &events, upTo: 2, for: .milliseconds(10))
      for event in events {
        try a.handle(event, on: &reactor)
        try b.handle(event, on: &reactor)
        try c.handle(event, on: &reactor)
        try d.handle(event, on: &reactor)
        try e.handle(event, on: &reactor)
      }
      finished = try a.pollCompletion(on: &reactor) ? 1 : 0
      finished += try b.pollCompletion(on: &reactor) ? 1 : 0
      finished += try c.pollCompletion(on: &reactor) ? 1 : 0
      finished += try d.pollCompletion(on: &reactor) ? 1 : 0
      finished += try e.pollCompletion(on: &reactor) ? 1 : 0
    }
    #expect(finished == 5)
    #expect(reactor.count == 0)
  }

  @Test func `pipes that a descendant holds are left after the linger, with their data`() throws {
    let start = ContinuousClock.now
    let output = try run(shell("sleep 60 & echo $!; exit 6"), policy(.seconds(60)))
    #expect(start.duration(to: .now) >= .milliseconds(100), "the linger")
    #expect(output.hasLingered && !output.hasTimedOut)
    #expect(output.exit?.status == .exited(code: 6))
    let survivor = try #require(Int32(text(output.standardOutput).dropLast()))
    #expect(kill(survivor, SIGKILL) == 0)
  }

  @Test func `survivors can be killed with the process's end`() throws {
    var policy = policy(.seconds(60))
    policy.survivors = .kill
    policy.pipeLinger = .seconds(60)
    let output = try run(shell("sleep 60 & exit 6"), policy)
    #expect(!output.hasLingered)
    #expect(output.exit?.status == .exited(code: 6))
  }

  @Test func `a timeout reaches the whole group`() throws {
    // The shell dies of TERM, its child ignores it and holds the pipes: KILL comes after the grace.
    let script = "(trap '' TERM; echo ready; sleep 60) & wait"
    let output = try runPrepared(shell(script), policy(.milliseconds(100)))
    #expect(output.exit?.status == .signalled(.terminate, coreDumped: false))
    #expect(!output.hasLingered)
  }

  @Test func `members of the group may finish within the grace`() throws {
    let script = """
      (trap 'sleep 0.1; echo saved; exit' TERM; echo ready; while :; do sleep 0.02; done) & wait
      """
    let output = try runPrepared(shell(script), policy(.milliseconds(150), grace: .seconds(60)))
    #expect(text(output.standardOutput) == "ready\nsaved\n")
    #expect(!output.hasLingered)
  }

  @Test func `a timeout that only flags gives control back with a live process`() throws {
    var reactor = try Reactor()
    var policy = policy(.milliseconds(50))
    policy.onTimeout = .none
    let start = ContinuousClock.now
    var running = try RunningProcess(spawning: shell("sleep 60"), policy: policy)
    try running.register(with: &reactor)
    var events: [Event] = []
    while !running.hasTimedOut {
      _ = try reactor.wait(into: &events, upTo: 8, for: running.timeUntilDeadline)
      for event in events { try running.handle(event, on: &reactor) }
      #expect(try !running.pollCompletion(on: &reactor))
    }
    #expect(start.duration(to: .now) >= .milliseconds(50))
    #expect(running.timeUntilDeadline == nil)
    try running.end(grace: .seconds(60))
    try running.end(grace: .seconds(60))
    while try !running.pollCompletion(on: &reactor) {
      _ = try reactor.wait(into: &events, upTo: 8, for: running.timeUntilDeadline)
      for event in events { try running.handle(event, on: &reactor) }
    }
    try running.kill()
    #expect(running.exit?.status == .signalled(.terminate, coreDumped: false))
    #expect(running.pid > 0)
  }

  @Test func `what is taken early is partial, and the process is ended`() throws {
    var reactor = try Reactor()
    let isReaped = try isReapedByDrop {
      var running = try RunningProcess(spawning: shell("echo early; sleep 60"))
      try running.register(with: &reactor)
      var events: [Event] = []
      _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
      for event in events { try running.handle(event, on: &reactor) }
      running.unregister(from: &reactor)
      #expect(reactor.count == 0)
      let pid = running.pid
      let output = running.takeOutput()
      #expect(output.exit == nil)
      #expect(text(output.standardOutput) == "early\n")
      return pid
    }
    #expect(isReaped)
  }
}
