import Drift
import Testing

@testable import StepRunner

@Suite struct PlanRunTests {
  /// Keeps what it is told, in its order.
  private final class Recorder: RunView {
    var events: [String] = []
    var running = 0
    var mostRunning = 0

    func began(_ step: Plan.Step) {
      running += 1
      mostRunning = max(mostRunning, running)
      events.append("+\(step.name)")
    }

    func wrote(_ output: PipelineOutput) {
      running -= 1
      if !output.text.isEmpty { events.append(output.text) }
    }

    func ended(_ step: Plan.Step, _ outcome: PlanRun.Outcome) {
      events.append("-\(step.name)")
    }
  }

  private func step(
    _ name: String, after: [String] = [], _ commands: [[String]], timeout: Duration? = nil
  ) -> Plan.Step {
    Plan.Step(name: name, after: after, commands: commands, timeout: timeout)
  }

  private func run(
    _ steps: [Plan.Step], limit: Int = 4, _ recorder: Recorder = Recorder()
  ) throws -> [String: PlanRun.Outcome] {
    try Drift.run { try PlanRun(Plan(steps), limit: limit, view: recorder).run() }
  }

  @Test func `a step begins once those before it have succeeded`() throws {
    let recorder = Recorder()
    let outcomes = try run(
      [
        step("c", after: ["a", "b"], [["echo", "c"]]), step("a", [["true"]]),
        step("b", after: ["a"], [["true"]]),
      ], recorder)
    #expect(recorder.events == ["+a", "-a", "+b", "-b", "+c", "c\n", "-c"])
    #expect(outcomes.values.allSatisfy { $0 == .succeeded } && outcomes.count == 3)
  }

  @Test func `what comes after a failure is skipped, and nothing else`() throws {
    let outcomes = try run([
      step("bad", [["sh", "-c", "exit 3"]]), step("next", after: ["bad"], [["true"]]),
      step("last", after: ["next"], [["true"]]), step("other", [["true"]]),
    ])
    #expect(outcomes["bad"] == .failed("exited with code 3"))
    #expect(outcomes["next"] == .skipped(because: "bad"))
    #expect(outcomes["last"] == .skipped(because: "next"))
    #expect(outcomes["other"] == .succeeded)
  }

  @Test func `commands of a step are connected, and each must succeed`() throws {
    let recorder = Recorder()
    let outcomes = try run(
      [
        step("count", [["printf", "a\\nb\\n"], ["wc", "-l"]]),
        step("fails", [["false"], ["cat"]]),
      ], limit: 1, recorder)
    #expect(outcomes["count"] == .succeeded && recorder.events.contains("2\n"))
    #expect(outcomes["fails"] == .failed("exited with code 1"))
    let had = try run([step("enough", [["yes"], ["sh", "-c", "head -n 1; exit 3"]])])
    #expect(had["enough"] == .failed("exited with code 3"))
  }

  @Test func `no more run at a time than may`() throws {
    let recorder = Recorder()
    _ = try run((0..<9).map { step("\($0)", [["sleep", "0.02"]]) }, limit: 2, recorder)
    #expect(recorder.mostRunning == 2)
  }

  @Test func `a step that takes too long, and one that cannot be run, have failed`() throws {
    let outcomes = try run([
      step("slow", [["sleep", "60"]], timeout: .milliseconds(50)),
      step("nothing", [["/no/such/program"]]),
    ])
    #expect(outcomes["slow"] == .failed("its time was up"))
    guard case .failed(let reason)? = outcomes["nothing"] else {
      Issue.record("it should have failed")
      return
    }
    #expect(reason.contains("/no/such/program"))
  }

  @Test func `a cancelled run leaves no child behind`() throws {
    try Drift.run {
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(50)) {
          let plan = try Plan([step("slow", [["sleep", "60"]])])
          _ = try PlanRun(plan, limit: 1, view: Recorder()).run()
        }
      }
      #expect(ProcessCounters.current.live == 0)
    }
  }
}
