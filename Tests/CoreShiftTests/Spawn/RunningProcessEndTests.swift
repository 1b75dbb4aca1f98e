import CoreShift
import Testing

/// How a process ends in time, whatever it does.
@Suite struct RunningProcessEndTests {
  private func policy(_ timeout: Duration, grace: Duration = .milliseconds(200)) -> RunPolicy {
    var policy = RunPolicy()
    policy.timeout = timeout
    policy.onTimeout = .end(grace: grace)
    return policy
  }

  private func timed(
    _ options: SpawnOptions, _ policy: RunPolicy
  ) throws -> (output: ProcessOutput, time: Duration) {
    let start = ContinuousClock.now
    let output = try run(options, policy)
    return (output, start.duration(to: .now))
  }

  @Test func `a process that ends on TERM keeps its own status and its output`() throws {
    let script = "trap 'echo bye; exit 9' TERM; echo hello; while :; do sleep 0.02; done"
    let (output, time) = try timed(shell(script), policy(.milliseconds(150), grace: .seconds(5)))
    #expect(output.hasTimedOut)
    #expect(output.exit?.status == .exited(code: 9))
    #expect(text(output.standardOutput) == "hello\nbye\n")
    #expect(time >= .milliseconds(150) && time < .seconds(3))
  }

  @Test func `a process that ignores TERM is killed after the grace`() throws {
    let script = "trap '' TERM; while :; do sleep 0.02; done"
    let (output, time) = try timed(shell(script), policy(.milliseconds(100)))
    #expect(output.hasTimedOut)
    #expect(output.exit?.status == .signalled(.kill, coreDumped: false))
    #expect(time >= .milliseconds(300) && time < .seconds(2))
  }

  @Test func `a process that has closed its streams ends in time`() throws {
    let script = "exec <&- >&- 2>&-; sleep 30"
    let (output, time) = try timed(shell(script), policy(.milliseconds(100)))
    #expect(output.hasTimedOut)
    #expect(output.exit?.status == .signalled(.terminate, coreDumped: false))
    #expect(time >= .milliseconds(100) && time < .seconds(2))
  }

  @Test func `a stopped process ends in time`() throws {
    let (output, time) = try timed(
      shell("kill -STOP $$; sleep 30"), policy(.milliseconds(100), grace: .seconds(5)))
    #expect(output.exit?.status == .signalled(.terminate, coreDumped: false))
    #expect(time < .seconds(3))
  }

  @Test func `an endless producer ends in time, with its first output and both flags`() throws {
    var policy = policy(.milliseconds(200))
    policy.limits.byteLimit = 1000
    var options = SpawnOptions(["/usr/bin/yes"], backend: .clone)
    options.standardOutput = .pipe
    let (output, time) = try timed(options, policy)
    #expect(output.hasTimedOut && output.isTruncated)
    #expect(text(output.standardOutput) == String(repeating: "y\n", count: 500))
    #expect(output.exit?.status == .signalled(.terminate, coreDumped: false))
    #expect(time >= .milliseconds(200) && time < .seconds(2))
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
    while finished < 5, start.duration(to: .now) < .seconds(10) {
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
    #expect(start.duration(to: .now) < .seconds(2))
    #expect(reactor.count == 0)
  }

  @Test func `pipes that a descendant holds are left after the linger, with their data`() throws {
    let (output, time) = try timed(
      shell("sleep 3 & echo kept; exit 6"), policy(.seconds(10)))
    #expect(output.hasLingered && !output.hasTimedOut)
    #expect(text(output.standardOutput) == "kept\n")
    #expect(output.exit?.status == .exited(code: 6))
    #expect(time >= .milliseconds(100) && time < .seconds(2))
  }

  @Test func `survivors can be killed with the process's end`() throws {
    var policy = policy(.seconds(10))
    policy.survivors = .kill
    policy.pipeLinger = .seconds(10)
    let (output, time) = try timed(shell("sleep 30 & exit 6"), policy)
    #expect(!output.hasLingered)
    #expect(output.exit?.status == .exited(code: 6))
    #expect(time < .seconds(5))
  }

  @Test func `a timeout reaches the whole group`() throws {
    // The shell dies of TERM, its child ignores it and holds the pipes: KILL comes after the grace.
    let script = "(trap '' TERM; sleep 30) & wait"
    let (output, time) = try timed(shell(script), policy(.milliseconds(100)))
    #expect(output.exit?.status == .signalled(.terminate, coreDumped: false))
    #expect(!output.hasLingered)
    #expect(time >= .milliseconds(300) && time < .seconds(2))
  }

  @Test func `members of the group may finish within the grace`() throws {
    let script = "(trap 'sleep 0.1; echo saved; exit' TERM; while :; do sleep 0.02; done) & wait"
    let (output, _) = try timed(shell(script), policy(.milliseconds(150), grace: .seconds(5)))
    #expect(text(output.standardOutput) == "saved\n")
    #expect(!output.hasLingered)
  }

  @Test func `a timeout that only flags gives control back with a live process`() throws {
    var reactor = try Reactor()
    var policy = policy(.milliseconds(50))
    policy.onTimeout = .none
    let start = ContinuousClock.now
    var running = try RunningProcess(spawning: shell("sleep 30"), policy: policy)
    try running.register(with: &reactor)
    var events: [Event] = []
    while !running.hasTimedOut {
      _ = try reactor.wait(into: &events, upTo: 8, for: running.timeUntilDeadline)
      for event in events { try running.handle(event, on: &reactor) }
      #expect(try !running.pollCompletion(on: &reactor))
    }
    #expect(start.duration(to: .now) >= .milliseconds(50))
    #expect(running.timeUntilDeadline == nil)
    try running.end(grace: .seconds(5))
    try running.end(grace: .seconds(5))
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
    var running = try RunningProcess(spawning: shell("echo early; sleep 30"))
    try running.register(with: &reactor)
    var events: [Event] = []
    _ = try reactor.wait(into: &events, upTo: 8, for: .seconds(5))
    for event in events { try running.handle(event, on: &reactor) }
    running.unregister(from: &reactor)
    #expect(reactor.count == 0)
    let pid = running.pid
    let output = running.takeOutput()
    #expect(output.exit == nil)
    #expect(!isAlive(pid))
  }
}
