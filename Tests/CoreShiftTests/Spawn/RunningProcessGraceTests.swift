import CoreShift
import Glibc
import TestSupport
import Testing

/// How long a group's members may still run once they were asked to end, and who ends them then.
@Suite struct RunningProcessGraceTests {
  /// What ends a grace before its time.
  enum Way: CaseIterable { case kill, drop, graceOver }

  @Test func `members that hold no pipe have the grace, too`() throws {
    let place = try TemporaryDirectory()
    let output = try runPrepared(savingShell(in: place.path), savingPolicy())
    #expect(output.exit?.status == .signalled(.terminate, coreDumped: false))
    #expect(exists("\(place.path)/saved"))
  }

  @Test func `without the group flag of a pidfd the grace is over with the pipes`() throws {
    // EINVAL is what kernels before 6.9 answer.
    let unknown = RefusedCall(.pidfdSendSignal, with: EINVAL, whereArgument: 3, is: 4)
    try withRefusedCalls([unknown]) {
      let place = try TemporaryDirectory()
      let early = try runPrepared(savingShell(in: place.path), savingPolicy())
      #expect(early.exit?.status == .signalled(.terminate, coreDumped: false))
      let member = try number(in: "\(place.path)/member")
      while isRunning(member) { usleep(1000) }
      #expect(!exists("\(place.path)/saved"))
      let script = """
        (trap 'sleep 0.1; echo saved; exit' TERM; echo ready; while :; do sleep 0.02; done) & wait
        """
      let output = try runPrepared(shell(script), savingPolicy())
      #expect(text(output.standardOutput) == "ready\nsaved\n")
    }
  }

  @Test func `members that have ended and are not collected use up no grace`() throws {
    var reactor = try Reactor()
    var leader = try RunningProcess(spawning: shell("exec sleep 60"))
    try leader.register(with: &reactor)
    var options = shell("exec sleep 60")
    options.processGroup = .join(leader.pid)
    // A zombie for as long as nobody here asks how it ended.
    let guest = try options.spawn()
    try leader.end(grace: .seconds(600))
    try drive(&leader, &reactor) { $0.isFinished }
    #expect(leader.exit?.status == .signalled(.terminate, coreDumped: false))
    #expect(guest.process.exit == nil)
    withExtendedLifetime(guest) {}
  }

  @Test(arguments: Way.allCases)
  func `the leader's end is told within the grace, and the group is ended with it`(
    way: Way
  ) throws {
    let place = try TemporaryDirectory()
    var reactor = try Reactor()
    var policy = RunPolicy()
    policy.match = .bytes(Array("ready".utf8))
    let script = """
      (trap '' TERM; exec >/dev/null 2>&1 </dev/null; while :; do sleep 0.02; done) &
      echo $! > \(place.path)/member; sleep 0.1; echo ready; wait
      """
    var running = try RunningProcess(spawning: shell(script), policy: policy)
    try running.register(with: &reactor)
    try drive(&running, &reactor) { $0.isMatched }
    try running.end(grace: way == .graceOver ? .milliseconds(300) : .seconds(60))
    try drive(&running, &reactor) { $0.exit != nil && $0.isDrained }
    #expect(running.exit?.status == .signalled(.terminate, coreDumped: false))
    #expect(reactor.count == 0)
    let member = try number(in: "\(place.path)/member")
    switch way {
    case .kill, .drop:
      #expect(try !running.pollCompletion(on: &reactor))
      let nextLook = running.timeUntilDeadline ?? .seconds(60)
      #expect(nextLook <= .milliseconds(20))
      #expect(isRunning(member))
      if way == .kill {
        try running.kill()
        let isFinished = running.isFinished
        #expect(isFinished)
        #expect(running.timeUntilDeadline == nil)
      }
    case .graceOver: try drive(&running, &reactor) { $0.isFinished }
    }
    _ = consume running
    let start = ContinuousClock.now
    while isRunning(member), start.duration(to: .now) < .seconds(20) { usleep(1000) }
    #expect(!isRunning(member))
  }

  // MARK: - What they run

  /// Its leader dies of TERM; a member that holds no pipe saves its state then, as a file `saved`.
  private func savingShell(in place: String) -> SpawnOptions {
    shell(
      """
      (trap 'sleep 0.3; : > \(place)/saved; exit' TERM; echo ready
      exec >/dev/null 2>&1 </dev/null; while :; do sleep 0.02; done) &
      echo $! > \(place)/member; wait
      """)
  }

  private func savingPolicy() -> RunPolicy {
    var policy = RunPolicy()
    policy.timeout = .milliseconds(150)
    // Not 60: where nobody collects orphans, a zombie counts as a member until the grace is over.
    policy.onTimeout = .end(grace: .seconds(15))
    return policy
  }

  private func drive(
    _ running: inout RunningProcess, _ reactor: inout Reactor,
    until isOver: (borrowing RunningProcess) -> Bool
  ) throws {
    var events: [Event] = []
    let start = ContinuousClock.now
    while !isOver(running) {
      guard start.duration(to: .now) < .seconds(20) else { throw Overdue() }
      let longest = min(running.timeUntilDeadline ?? .seconds(1), .seconds(1))
      _ = try reactor.wait(into: &events, upTo: 8, for: longest)
      for event in events { try running.handle(event, on: &reactor) }
      _ = try running.pollCompletion(on: &reactor)
    }
  }

  private func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  private func number(in path: String) throws -> Int32 {
    let bytes = try readAll(Fd(opening: RawString(path), for: .reading))
    return try #require(Int32(text(bytes).filter(\.isNumber)))
  }

  /// Whether there is such a process, and it is no zombie.
  private func isRunning(_ pid: Int32) -> Bool {
    guard let stat = try? readAll(Fd(opening: RawString("/proc/\(pid)/stat"), for: .reading)) else {
      return false
    }
    // The state is behind the name, which is in parentheses.
    let state = text(stat).split(separator: ")").last?.split(separator: " ").first
    return state != nil && state != "Z" && state != "X"
  }
}
