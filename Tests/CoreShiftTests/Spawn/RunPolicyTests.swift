import CoreShift
import TestSupport
import Testing

/// What a policy asks for, and whether the options leave something for it to act on.
@Suite struct RunPolicyTests {
  /// The error of a process that is run so; nil where it starts.
  private func refusal(
    _ options: (inout SpawnOptions) -> Void, _ policy: (inout RunPolicy) -> Void
  ) -> CoreError? {
    var asked = SpawnOptions(["/bin/true"], backend: .clone)
    asked.standardInput = .null
    asked.standardOutput = .null
    asked.standardError = .null
    options(&asked)
    var wanted = RunPolicy()
    policy(&wanted)
    return errorThrown { _ = try RunningProcess(spawning: asked, policy: wanted) } as? CoreError
  }

  private func invalid(_ name: String) -> CoreError {
    CoreError(operation: "spawn", code: .invalidArgument, subject: .argument(name))
  }

  @Test func `unless told otherwise a timeout has two seconds of grace, and a held pipe 100 ms`() {
    let policy = RunPolicy()
    #expect(policy.timeout == nil)
    #expect(policy.onTimeout == .end(grace: .seconds(2)))
    #expect(Reaction.gracefulEnd == .end(grace: .milliseconds(2000)))
    #expect(policy.pipeLinger == .milliseconds(100))
  }

  @Test func `unless told otherwise an end leaves two seconds until the kill`() throws {
    var options = SpawnOptions(["/bin/sleep", "60"], backend: .clone)
    options.standardInput = .null
    var running = try RunningProcess(spawning: options)
    let before = MonotonicTime.nanoseconds
    try running.end()
    let killAt = running.nextDeadline ?? 0
    let after = MonotonicTime.nanoseconds
    #expect(killAt >= before + 2_000_000_000 && killAt <= after + 2_000_000_000)
  }

  @Test func `an input needs a pipe or a terminal that takes it`() {
    let refused = refusal({ $0.standardOutput = .pipe }, { $0.input = [1] })
    #expect(refused == invalid("input"))
    #expect(refusal({ $0.standardInput = .pipe }, { $0.input = [1] }) == nil)
    #expect(refusal({ $0.standardInput = .terminal }, { $0.input = [1] }) == nil)
  }

  @Test func `a match needs a standard output that is drained`() {
    let refused = refusal({ $0.standardError = .pipe }, { $0.match = .text("a") })
    #expect(refused == invalid("match"))
    let other = refusal({ $0.standardError = .terminal }, { $0.match = .text("a") })
    #expect(other == invalid("match"))
    #expect(refusal({ $0.standardOutput = .pipe }, { $0.match = .text("a") }) == nil)
    #expect(refusal({ $0.standardOutput = .terminal }, { $0.match = .text("a") }) == nil)
    // What is typed is echoed, as a standard output.
    #expect(refusal({ $0.standardInput = .terminal }, { $0.match = .text("a") }) == nil)
  }

  @Test func `a sink needs any output that is drained`() {
    let sink: OutputSink = { _, _ in .taken }
    #expect(refusal({ $0.standardInput = .pipe }, { $0.sink = sink }) == invalid("sink"))
    #expect(refusal({ $0.standardOutput = .pipe }, { $0.sink = sink }) == nil)
    #expect(refusal({ $0.standardError = .pipe }, { $0.sink = sink }) == nil)
    #expect(refusal({ $0.standardError = .terminal }, { $0.sink = sink }) == nil)
  }

  @Test func `survivors are killed only in a group that the process leads`() {
    #expect(refusal({ _ in }, { $0.survivors = .kill }) == invalid("survivors"))
    #expect(refusal({ $0.processGroup = .own }, { $0.survivors = .kill }) == nil)
    #expect(refusal({ $0.session = .own }, { $0.survivors = .kill }) == nil)
  }

  @Test func `what is refused is refused before anything is started`() {
    let refused = refusal({ $0.executable = "/nonexistent" }, { $0.survivors = .kill })
    #expect(refused == invalid("survivors"))
    #expect(refusal({ $0.executable = "/nonexistent" }, { _ in })?.operation == "execveat")
  }
}
