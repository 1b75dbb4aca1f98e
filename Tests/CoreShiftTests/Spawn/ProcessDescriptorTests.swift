import CoreShift
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Whether a process has this number, zombies included.
func isAlive(_ pid: Int32) -> Bool {
  kill(pid, 0) == 0
}

@Suite struct ProcessDescriptorTests {
  private func spawn(_ script: String, group: SpawnOptions.ProcessGroup = .own) throws
    -> SpawnedProcess
  {
    var options = SpawnOptions(["/bin/sh", "-c", RawString(script)], backend: .clone)
    options.standardInput = .null
    options.standardOutput = .pipe
    options.processGroup = group
    return try options.spawn()
  }

  @Test func `the end is one readiness event, and nothing polls`() throws {
    var reactor = try Reactor()
    var options = SpawnOptions(["/bin/sh", "-c", "read line; exit 4"], backend: .clone)
    options.standardInput = .pipe
    var spawned = try options.spawn()
    let token = try reactor.register(
      spawned.process.descriptor, for: .reading, blocking: .allowed)
    #expect(try spawned.process.pollExit() == nil)
    try owned(spawned.standardInput.take()).close()
    var events: [Event] = []
    #expect(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) == 1)
    #expect(events.first?.token == token)
    #expect(try spawned.process.pollExit()?.status == .exited(code: 4))
    try reactor.unregister(token)
  }

  @Test func `waiting twice gives the same answer`() throws {
    var spawned = try spawn("exit 4")
    let first = try #require(try spawned.process.waitExit(for: .seconds(20)))
    #expect(first.status == .exited(code: 4))
    #expect(try spawned.process.waitExit() == first)
    #expect(try spawned.process.pollExit() == first)
    #expect(spawned.process.exit == first)
  }

  @Test func `a wait without a deadline tells the end, and what was used`() throws {
    var spawned = try spawn("exit 4")
    let report = try #require(try spawned.process.waitExit())
    #expect(report.status == .exited(code: 4))
    #expect(report.usage != nil)
    #expect(spawned.process.exit == report)
    #expect(!isAlive(spawned.process.pid))
  }

  @Test func `a wait with a deadline ends without an answer, in time`() throws {
    var spawned = try spawn("sleep 60")
    let start = ContinuousClock.now
    #expect(try spawned.process.waitExit(for: .milliseconds(60)) == nil)
    #expect(start.duration(to: .now) >= .milliseconds(60))
    #expect(try spawned.process.waitExit(for: .zero) == nil)
  }

  @Test func `a killed process tells the signal, and what it used`() throws {
    var spawned = try spawn("kill -USR1 $$; sleep 60")
    let report = try #require(try spawned.process.waitExit(for: .seconds(20)))
    #expect(report.status == .signalled(.user1, coreDumped: false))
    #expect(report.status.description == "ended by SIGUSR1")
    let usage = try #require(report.usage)
    #expect(usage.maximumResidentBytes > 100_000)
    #expect(usage.userTime + usage.systemTime > .zero)
  }

  @Test(arguments: [0, ResourceLimit.unlimited])
  func `a core dump is told as the kernel tells it`(coreBytes: UInt64) throws {
    let place = try TemporaryDirectory()
    var options = SpawnOptions(["/bin/sh", "-c", "kill -ABRT $$"], backend: .clone)
    options.workingDirectory = RawString(place.path)
    // Never above the hard limit, which may be 0 here.
    var own = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &own)
    options.resourceLimits = [ResourceLimit(.coreBytes, soft: min(coreBytes, UInt64(own.rlim_max)))]
    var spawned = try options.spawn()
    // WNOWAIT leaves it to be reaped; the code is CLD_KILLED (2) or CLD_DUMPED (3).
    var seen = unsafe siginfo_t()
    let pid = id_t(spawned.process.pid)
    while unsafe waitid(P_PID, pid, &seen, WEXITED | WNOWAIT) < 0 { try #require(errno == EINTR) }
    let code = unsafe seen.si_code
    #expect([2, 3].contains(code))
    #expect(
      try spawned.process.waitExit(for: .seconds(20))?.status
        == .signalled(.abort, coreDumped: code == 3))
  }

  @Test func `signalling a process that is gone is fine`() throws {
    var spawned = try spawn("exit 0")
    _ = try spawned.process.waitExit(for: .seconds(20))
    try spawned.process.send(.terminate)
    try spawned.process.send(.terminate, to: .group)
    try spawned.process.requestEnd()
    try spawned.process.kill()
    spawned.process.withoutGroupFlag = true
    try spawned.process.send(.terminate, to: .group)
  }

  @Test func `a signal that does not exist is EINVAL`() throws {
    let spawned = try spawn("sleep 60")
    let error = #expect(throws: CoreError.self) {
      try spawned.process.send(Signal(rawValue: 1000))
    }
    #expect(error?.code == .invalidArgument)
    #expect(error?.operation == "pidfd_send_signal")
    #expect(error?.subject == .process(spawned.process.pid))
  }

  @Test func `a process that leads no group cannot be signalled as one`() throws {
    let spawned = try spawn("sleep 60", group: .inherit)
    let error = #expect(throws: CoreError.self) {
      try spawned.process.send(.terminate, to: .group)
    }
    #expect(error?.code == .invalidArgument)
  }

  @Test(arguments: [false, true])
  func `a signal to the group reaches descendants`(withoutGroupFlag: Bool) throws {
    var spawned = try spawn("sleep 60 & echo started; wait")
    spawned.process.withoutGroupFlag = withoutGroupFlag
    let output = try owned(spawned.standardOutput.take())
    try output.setBlockingMode(.blocking)
    var line = [UInt8](repeating: 0, count: 8)
    #expect(try output.read(into: &line) == .bytes(8))
    try spawned.process.send(.kill, to: .group)
    // Only once nobody holds the pipe any more, the descendant included.
    #expect(try readAll(output).isEmpty)
    #expect(
      try spawned.process.waitExit(for: .seconds(20))?.status
        == .signalled(.kill, coreDumped: false))
  }

  @Test func `a group is there until its last member was reaped`() throws {
    var options = SpawnOptions(["/bin/sleep", "60"], backend: .clone)
    options.processGroup = .own
    var leader = try options.spawn()
    options.processGroup = .join(leader.process.pid)
    var member = try options.spawn()
    #expect(member.process.pollGroup() == .unknown, "it leads none")
    try leader.process.send(.kill)
    _ = try leader.process.waitExit(for: .seconds(20))
    #expect(leader.process.pollGroup() == .populated)
    leader.process.withoutGroupFlag = true
    #expect(leader.process.pollGroup() == .unknown)
    leader.process.withoutGroupFlag = false
    try leader.process.kill()
    _ = try member.process.waitExit(for: .seconds(20))
    #expect(leader.process.pollGroup() == .empty)
  }

  @Test func `dropping an unfinished process ends its group and leaves no zombie`() throws {
    let start = ContinuousClock.now
    let isReaped = try isReapedByDrop {
      var spawned = try spawn("trap '' TERM; sleep 60 & echo started; wait")
      let output = try owned(spawned.standardOutput.take())
      try output.setBlockingMode(.blocking)
      var line = [UInt8](repeating: 0, count: 8)
      _ = try output.read(into: &line)
      let pid = spawned.process.pid
      _ = consume spawned
      #expect(try readAll(output).isEmpty, "nobody holds the pipe any more")
      return pid
    }
    #expect(isReaped)
    #expect(start.duration(to: .now) < .seconds(20))
  }

  @Test func `a process can be left running`() throws {
    var spawned = try spawn("sleep 60")
    let pid = spawned.process.pid
    spawned.process.dropPolicy = .leave
    _ = consume spawned
    #expect(isAlive(pid))
    kill(pid, SIGKILL)
    #expect(reap(pid) == SIGKILL)
  }

  @Test func `the parent's ends are non-blocking, and all that is opened is close-on-exec`() throws
  {
    var options = SpawnOptions(["/bin/cat"], backend: .clone)
    options.standardInput = .pipe
    options.standardOutput = .pipe
    options.standardError = .pipe
    var spawned = try options.spawn()
    #expect(try spawned.process.descriptor.execMode == .closed)
    for end in 0..<3 {
      let taken =
        switch end {
        case 0: spawned.standardInput.take()
        case 1: spawned.standardOutput.take()
        default: spawned.standardError.take()
        }
      let descriptor = try owned(taken)
      #expect(try descriptor.execMode == .closed)
      #expect(try descriptor.blockingMode == .nonBlocking)
      #expect(descriptor.rawValue > 2)
    }
    _ = try spawned.process.waitExit(for: .seconds(20))
  }

  @Test(
    .enabled(if: canChooseNumbers, "takes the privilege to say which number is next"),
    // Each says which number is next, for the whole machine.
    .serialized, arguments: [SpawnBackend.clone, .fork, .posixSpawn])
  func `a number that is used again is never signalled`(backend: SpawnBackend) throws {
    for withoutGroupFlag in [false, true] {
      var options = SpawnOptions(["/bin/sleep", "60"], backend: backend)
      options.processGroup = .own
      var isReused = false
      // Another process may be quicker to take the number: then again.
      for _ in 0..<2000 where !isReused {
        var first = try options.spawn()
        first.process.withoutGroupFlag = withoutGroupFlag
        try first.process.kill()
        _ = try first.process.waitExit(for: .seconds(20))
        let newest = try readAll(Fd(opening: newestNumberPath, for: .reading))
        try setNewestNumber(Array("\(first.process.pid - 1)".utf8))
        var second = try options.spawn()
        // Reaped here: letting go of it waits for 100 ms at most, and a zombie that stays is one
        // too many for who waits for any child, as for the end of tests in a process of their own.
        defer {
          try? second.process.kill()
          _ = try? second.process.waitExit(for: .seconds(20))
        }
        try setNewestNumber(newest)
        isReused = second.process.pid == first.process.pid
        guard isReused else { continue }
        #expect(first.process.pollGroup() == (withoutGroupFlag ? .unknown : .empty))
        try first.process.kill()
        try first.process.send(.kill)
        try first.process.requestEnd()
        _ = consume first
        #expect(try second.process.waitExit(for: .milliseconds(50)) == nil)
      }
      #expect(isReused)
    }
  }

  @Test(arguments: SpawnWay.all)
  func `ending a group ends those who joined it, and their children`(way: SpawnWay) throws {
    var options = way.options(["/bin/sleep", "60"])
    options.processGroup = .own
    let leader = try options.spawn()
    options.arguments = ["/bin/sh", "-c", "sleep 60 & echo $!; wait"]
    options.processGroup = .join(leader.process.pid)
    options.standardOutput = .pipe
    var joined = try options.spawn()
    let output = try owned(joined.standardOutput.take())
    try output.setBlockingMode(.blocking)
    var line = [UInt8](repeating: 0, count: 20)
    guard case .bytes(let count) = try output.read(into: &line) else { throw NotAPipe() }
    let grandchild = try #require(Int32(text(Array(line[..<(count - 1)]))))
    #expect(isAlive(grandchild))
    try leader.process.kill()
    #expect(
      try joined.process.waitExit(for: .seconds(20))?.status
        == .signalled(.kill, coreDumped: false))
    // The grandchild holds the pipe until its end.
    #expect(try output.read(into: &line) == .end)
  }
}

/// The number of the newest process, which a privileged one may set.
private let newestNumberPath: RawString = "/proc/sys/kernel/ns_last_pid"

private func setNewestNumber(_ number: [UInt8]) throws {
  _ = try Fd(opening: newestNumberPath, for: .writing).write(number)
}

/// Whether the number of the next process can be chosen here.
private let canChooseNumbers: Bool = {
  do {
    try setNewestNumber(readAll(Fd(opening: newestNumberPath, for: .reading)))
    return true
  } catch {
    return false
  }
}()
