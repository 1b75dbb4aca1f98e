import CoreShift
import Glibc
import Testing

/// What a loop of the caller's own relies on: deadlines, repeated calls, and who owns the process.
@Suite struct RunningProcessOwnershipTests {
  /// Drives it until it is finished.
  private func drive(_ running: inout RunningProcess, _ reactor: inout Reactor) throws {
    let start = ContinuousClock.now
    var events: [Event] = []
    while try !running.pollCompletion(on: &reactor) {
      guard start.duration(to: .now) < .seconds(20) else { throw Overdue() }
      let longest = min(running.timeUntilDeadline ?? .seconds(1), .seconds(1))
      _ = try reactor.wait(into: &events, upTo: 8, for: longest)
      for event in events { try running.handle(event, on: &reactor) }
    }
  }

  @Test func `the next deadline is a time of the monotonic clock, and moves with the end`() throws {
    var reactor = try Reactor()
    var policy = RunPolicy()
    policy.timeout = .seconds(60)
    let before = MonotonicTime.nanoseconds
    var running = try RunningProcess(
      spawning: shell("trap '' TERM; echo; sleep 60"), policy: policy)
    try running.register(with: &reactor)
    let timeout = running.nextDeadline ?? 0
    #expect(timeout >= before + 60_000_000_000)
    #expect(timeout <= MonotonicTime.nanoseconds + 60_000_000_000)
    var events: [Event] = []
    _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
    for event in events { try running.handle(event, on: &reactor) }
    try running.end(grace: .milliseconds(50))
    let grace = running.nextDeadline ?? .max
    #expect(grace <= MonotonicTime.nanoseconds + 50_000_000)
    try running.end(grace: .seconds(50))
    #expect(running.nextDeadline == grace, "an earlier grace is kept")
    try drive(&running, &reactor)
    #expect(running.nextDeadline == nil)
    #expect(running.hasTimedOut == false)
    #expect(running.exit?.status == .signalled(.kill, coreDumped: false))
  }

  @Test func `whatever is asked of a finished process changes nothing`() throws {
    var reactor = try Reactor()
    var running = try RunningProcess(spawning: shell("echo done; exit 7"))
    try running.register(with: &reactor)
    try drive(&running, &reactor)
    let pid = running.pid
    for _ in 0..<3 {
      try running.end()
      try running.kill()
      try running.send(.terminate)
      #expect(try running.resume(on: &reactor))
      #expect(try running.pollCompletion(on: &reactor))
      running.unregister(from: &reactor)
      #expect(running.pid == pid)
      #expect(running.exit?.status == .exited(code: 7))
    }
    #expect(text(running.takeOutput().standardOutput) == "done\n")
  }

  @Test func `overflow, timeout and kill together still give output and status`() throws {
    var policy = RunPolicy()
    policy.limits = DrainLimits(byteLimit: 10, overflow: .keepTail)
    policy.timeout = .milliseconds(100)
    policy.onTimeout = .end(grace: .milliseconds(50))
    let output = try runPrepared(
      shell("trap '' TERM; while :; do echo 123456789; done"), policy
    ) { $0.isTruncated }
    #expect(output.isTruncated && output.hasTimedOut)
    #expect(output.standardOutput.count == 10)
    #expect(text(output.standardOutput).contains("\n"))
    #expect(output.exit?.status == .signalled(.kill, coreDumped: false))
    let runTime = try #require(output.runTime)
    #expect(runTime >= .milliseconds(150))
  }

  @Test func `an overflow that ends the process gracefully keeps the process's own status`() throws
  {
    var policy = RunPolicy()
    policy.limits = DrainLimits(byteLimit: 10, overflow: .discard)
    policy.onOverflow = .end(grace: .seconds(60))
    let output = try run(
      shell("trap 'exit 5' TERM; while :; do echo 1; sleep 0.01; done"), policy)
    #expect(output.isTruncated && !output.hasTimedOut)
    #expect(output.standardOutput.isEmpty)
    #expect(output.exit?.status == .exited(code: 5))
  }

  @Test func `dropping an unfinished one takes bounded time and ends it`() throws {
    let start = ContinuousClock.now
    let isReaped = try isReapedByDrop {
      let running = try RunningProcess(spawning: shell("trap '' TERM; sleep 60"))
      return running.pid
    }
    #expect(isReaped)
    #expect(start.duration(to: .now) < .seconds(20))
  }

  @Test func `one can be dropped alive, or given up with its owner in hand`() throws {
    var policy = RunPolicy()
    policy.onDrop = .leave
    let dropped = try RunningProcess(spawning: shell("sleep 60"), policy: policy)
    let pid = dropped.pid
    _ = consume dropped
    #expect(isAlive(pid))
    kill(-pid, SIGKILL)
    #expect(reap(pid) == SIGKILL)

    let running = try RunningProcess(spawning: shell("sleep 60"))
    var process = running.detach()
    #expect(isAlive(process.pid))
    try process.kill()
    #expect(
      try process.waitExit(for: .seconds(20))?.status == .signalled(.kill, coreDumped: false))
  }

  @Test func `however a hundred processes end, none is left as a zombie`() async {
    // In a process of its own, whose children are these and no others.
    await #expect(processExitsWith: .success) {
      var reactor = try Reactor()
      var timeout = RunPolicy()
      timeout.timeout = .milliseconds(1)
      timeout.onTimeout = .kill
      let suite = RunningProcessOwnershipTests()
      for round in 0..<25 {
        var timed = try RunningProcess(spawning: shell("sleep 60"), policy: timeout)
        var short = try RunningProcess(spawning: shell("exit \(round)"))
        let dropped = try RunningProcess(spawning: shell("sleep 60"))
        let ended = try RunningProcess(spawning: shell("exit 0"))
        let droppedPids = [dropped.pid, ended.pid]
        try timed.register(with: &reactor)
        try suite.drive(&timed, &reactor)
        try short.register(with: &reactor)
        try suite.drive(&short, &reactor)
        _ = consume dropped
        _ = consume ended
        // A drop waits for 100 ms, in which a busy machine may not get to end what was killed.
        var status: Int32 = 0
        while case let late = unsafe waitpid(-1, &status, 0), late > 0 || errno == EINTR {
          guard late > 0 else { continue }
          #expect(droppedPids.contains(late) && [0, SIGKILL].contains(status))
        }
        #expect(errno == ECHILD)
      }
      #expect(reactor.count == 0)
    }
  }
}
