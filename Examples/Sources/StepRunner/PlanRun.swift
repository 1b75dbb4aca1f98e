public import Drift

/// Follows a plan: each step on a green thread of its own, as soon as those before it are done.
public final class PlanRun {
  /// What became of a step.
  public enum Outcome: Equatable, Sendable {
    /// All its commands have succeeded.
    case succeeded
    /// One has not: which, and how it ended.
    case failed(String)
    /// It was not begun, because a step before it has not succeeded.
    case skipped(because: String)
  }

  private struct Progress {
    let done = Gate(label: "a step's end")
    var outcome: Outcome?
  }

  private let plan: Plan
  private let permits: Semaphore
  private let view: any RunView
  private var progress: [String: Progress] = [:]

  /// Will run `limit` steps at a time, and tell `view` of them.
  public init(_ plan: Plan, limit: Int, view: any RunView) {
    self.plan = plan
    self.view = view
    permits = Semaphore(permits: limit, label: "places for steps")
    for step in plan.steps { progress[step.name] = Progress() }
  }

  /// Runs all steps to their end.
  ///
  /// Parks. Cancelled, it ends what is running gracefully first, and shows what that has written.
  ///
  /// - Returns: what became of each.
  public func run() throws -> [String: Outcome] {
    try withScope { scope in
      for step in plan.steps {
        scope.spawn(name: step.name) {
          let outcome = try self.outcome(of: step)
          self.view.ended(step, outcome)
          self.progress[step.name]?.outcome = outcome
          self.progress[step.name]?.done.open()
        }
      }
    }
    try GreenThread.checkCancellation()
    return progress.compactMapValues(\.outcome)
  }

  private func outcome(of step: Plan.Step) throws -> Outcome {
    for name in step.after {
      try progress[name]?.done.pass()
      guard progress[name]?.outcome == .succeeded else { return .skipped(because: name) }
    }
    return try permits.withPermit {
      view.began(step)
      do {
        return judge(try output(of: pipeline(of: step)))
      } catch let error as CoreError {
        return .failed("\(error)")
      }
    }
  }

  /// What the commands write until they have ended, which they are asked to when the caller is
  /// cancelled.
  private func output(of pipeline: Pipeline) throws -> PipelineOutput {
    let running = try pipeline.start()
    return try withScope { scope in
      let ending = scope.spawn(name: "end") {
        // Never open: it ends by being cancelled, which is no failure of this scope.
        try? Gate(label: "the commands' end").pass()
        running.requestEnd()
      }
      defer { ending.cancel() }
      return try withCancellationShield { try running.output() }
    }
  }

  private func pipeline(of step: Plan.Step) -> Pipeline {
    var pipeline = Pipeline(
      step.commands.map { words in
        var command = Command(
          RawString(words[0]), arguments: words.dropFirst().map { RawString($0) })
        // What went wrong stands at the end.
        command.limits.overflow = .keepTail
        return command
      })
    pipeline.timeout = step.timeout
    return pipeline
  }

  private func judge(_ output: PipelineOutput) -> Outcome {
    view.wrote(output)
    if output.isSuccess { return .succeeded }
    if output.isTimedOut { return .failed("its time was up") }
    // Not one that was told by the next, with SIGPIPE, that it has read enough.
    let failed = output.firstFailure.map { output.stages[$0].status }
    return .failed("\(failed ?? output.status)")
  }
}

/// Whoever shows how a run goes.
public protocol RunView: AnyObject {
  /// A step's commands run.
  func began(_ step: Plan.Step)
  /// What they wrote, once they have ended.
  func wrote(_ output: PipelineOutput)
  /// A step has come to its end, or will never begin.
  func ended(_ step: Plan.Step, _ outcome: PlanRun.Outcome)
}
