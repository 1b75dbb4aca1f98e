// Runs build steps, each as soon as those before it are done.
import ArgumentParser
import Drift
import StepRunner

@main struct Runner: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runner", abstract: "Runs the steps of a plan, many at a time.",
    discussion: """
      A plan is a JSON object with a step for each key:
      {"build": {"run": ["make"]},
       "test": {"after": ["build"], "run": [["make", "test"], ["tee", "log"]], "seconds": 60}}

      A step's output is shown when it has ended; of more than 1 MiB of a command, the end.

      Exit status: 0 if all steps have succeeded, 1 if not or if that could not be written (a \
      reader that has gone, as `head` does, is no failure), 2 for a plan that cannot be followed, \
      130 or 143 after INT or TERM, which end the running steps gracefully.
      """)

  @Option(name: .customShort("j"), help: "How many steps at a time.")
  var limit = 4
  @Argument(help: "The file with the plan.")
  var plan: String

  func validate() throws {
    if limit < 1 { throw ValidationError("-j takes a number from 1 on, not \(limit)") }
  }

  func run() throws {
    let code = try Drift.run { try follow() }
    if code != 0 { throw ExitCode(code) }
  }

  private func follow() throws -> Int32 {
    let steps: Plan
    do {
      steps = try Plan(json: File.read(RawString(plan), limit: 1 << 20))
    } catch let error where error is PlanError || error is CoreError || error is LimitExceeded {
      try standardError.write("runner: \(plan): \(error)\n")
      return 2
    }
    let view = TextView(writingTo: try standardOutput, isTerminal: Fd.isTerminal(1))
    defer { view.finish() }
    var ending: Shutdown?
    let outcomes = try withGracefulShutdown { shutdown in
      ending = shutdown
      let drawing = shutdown.scope.spawn(name: "view") { try view.run() }
      defer { drawing.cancel() }
      return try PlanRun(steps, limit: limit, view: view).run()
    }
    guard let outcomes else { return 128 + (ending?.signal?.rawValue ?? 0) }
    if let failure = view.failure, (failure as? CoreError)?.code != .brokenPipe {
      try standardError.write("runner: \(failure)\n")
      return 1
    }
    return outcomes.values.allSatisfy { $0 == .succeeded } ? 0 : 1
  }
}
