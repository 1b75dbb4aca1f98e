import CoreShift
import Glibc
import TestSupport
import Testing

/// What a running process does where it may not signal its child, as when that has changed its
/// user.
@Suite struct RunningProcessRefusedTests {
  /// A loop that goes on after each error, and what they were.
  private func drive(
    _ running: inout RunningProcess, _ reactor: inout Reactor,
    until isOver: (inout RunningProcess) throws -> Bool
  ) throws -> [CoreError] {
    var errors: [CoreError] = []
    var events: [Event] = []
    let start = ContinuousClock.now
    while try !isOver(&running) {
      guard start.duration(to: .now) < .seconds(20) else { throw Overdue() }
      do throws(CoreError) { _ = try running.pollCompletion(on: &reactor) } catch {
        errors.append(error)
      }
      let longest = min(running.timeUntilDeadline ?? .milliseconds(50), .milliseconds(50))
      _ = try reactor.wait(into: &events, upTo: 8, for: longest)
      for event in events {
        do throws(CoreError) { try running.handle(event, on: &reactor) } catch {
          errors.append(error)
        }
      }
    }
    return errors
  }

  @Test(arguments: [SpawnOptions.ProcessGroup.inherit, .own])
  func `what may not be ended is told of, once for each signal, and waited for all the same`(
    group: SpawnOptions.ProcessGroup
  ) throws {
    try withRefusedCalls([RefusedCall(.pidfdSendSignal, with: EPERM)]) {
      var reactor = try Reactor()
      var options = shell("read line; exit 4")
      options.processGroup = group
      var policy = RunPolicy()
      policy.inputEnd = .onRequest
      policy.timeout = .milliseconds(10)
      policy.onTimeout = .end(grace: .milliseconds(10))
      var running = try RunningProcess(spawning: options, policy: policy)
      try running.register(with: &reactor)
      // TERM is refused, and after the grace KILL.
      let refused = CoreError(
        operation: "pidfd_send_signal", code: .notPermitted, subject: .process(running.pid))
      let ending = try drive(&running, &reactor) { $0.hasTimedOut && $0.nextDeadline == nil }
      #expect(ending == [refused, refused])
      #expect(running.exit == nil)
      try running.finishInput(on: &reactor)
      let rest = try drive(&running, &reactor) { $0.isFinished }
      #expect(rest == [])
      #expect(running.exit?.status == .exited(code: 4))
      #expect(reactor.count == 0)
    }
  }

  @Test(arguments: [SpawnOptions.ProcessGroup.inherit, .own])
  func `dropping one that may not be killed returns, and it runs on`(
    group: SpawnOptions.ProcessGroup
  ) throws {
    try withRefusedCalls([RefusedCall(.pidfdSendSignal, with: EPERM)]) {
      var options = shell("trap 'echo ended with $?' EXIT; read line; exit 4")
      options.processGroup = group
      var spawned = try options.spawn()
      let pid = spawned.process.pid
      let input = try owned(spawned.standardInput.take())
      let output = try owned(spawned.standardOutput.take())
      // Waiting for an end that nobody can bring about would go on for ever.
      _ = consume spawned
      #expect(isAlive(pid))
      try input.close()
      // It tells so itself: a spawn or drop of a test beside this one may reap it first.
      #expect(text(try readAll(output)) == "ended with 4\n")
      _ = reap(pid)
    }
  }

  @Test func `a process is reaped though its survivors may not be killed`() throws {
    try withRefusedCalls([RefusedCall(.pidfdSendSignal, with: EPERM)]) {
      var reactor = try Reactor()
      var policy = RunPolicy()
      policy.survivors = .kill
      var running = try RunningProcess(spawning: shell("echo out; exit 5"), policy: policy)
      try running.register(with: &reactor)
      let errors = try drive(&running, &reactor) { $0.isFinished }
      #expect(errors.map(\.code) == [.notPermitted])
      #expect(running.exit?.status == .exited(code: 5))
      #expect(text(running.takeOutput().standardOutput) == "out\n")
    }
  }
}
