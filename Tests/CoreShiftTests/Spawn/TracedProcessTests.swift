import CoreShift
import Testing

/// A process that is traced when it ends: its pidfd is readable then, but it cannot be reaped until
/// its tracer has collected it.
@Suite(.enabled(if: Tracer.isPossible, "takes perl, and the permission to trace"))
struct TracedProcessTests {
  private var options: SpawnOptions {
    var options = SpawnOptions(["/bin/sh", "-c", "read line; exit 5"], backend: .clone)
    options.standardInput = .pipe
    return options
  }

  @Test func `a running process is reaped once its tracer has collected it`() throws {
    var reactor = try Reactor()
    var policy = RunPolicy()
    policy.inputEnd = .onRequest
    var running = try RunningProcess(spawning: options, policy: policy)
    let tracer = try Tracer(of: running.pid)
    try running.register(with: &reactor)
    try running.finishInput(on: &reactor)
    #expect(reactor.count == 1)
    var events: [Event] = []
    #expect(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) == 1)
    #expect(try running.handle(events[0], on: &reactor))
    let isDrained = running.isDrained
    #expect(running.exit == nil)
    #expect(isDrained)
    #expect(try !running.pollCompletion(on: &reactor))
    try #require(reactor.count == 1, "nobody would ever ask again")
    #expect(running.timeUntilDeadline == nil, "another event tells")
    try tracer.collect()
    #expect(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) == 1)
    #expect(try running.handle(events[0], on: &reactor))
    #expect(try running.pollCompletion(on: &reactor))
    #expect(running.exit?.status == .exited(code: 5))
    #expect(reactor.count == 0)
  }

  @Test func `a wait with a deadline goes on until its time is over, or it is collected`() throws {
    var spawned = try options.spawn()
    let tracer = try Tracer(of: spawned.process.pid)
    try owned(spawned.standardInput.take()).close()
    var reactor = try Reactor()
    let token = try reactor.register(spawned.process.descriptor, for: .reading, blocking: .allowed)
    var events: [Event] = []
    #expect(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) == 1)
    try reactor.unregister(token)
    let start = ContinuousClock.now
    #expect(try spawned.process.waitExit(for: .milliseconds(60)) == nil)
    #expect(start.duration(to: .now) >= .milliseconds(60))
    #expect(try spawned.process.waitExit(for: .zero) == nil)
    try tracer.collect()
    #expect(try spawned.process.waitExit(for: .seconds(20))?.status == .exited(code: 5))
  }
}
