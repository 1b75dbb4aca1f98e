public import CoreShift
internal import GreenThreads

/// The running stages of a ``Pipeline``.
///
/// Dropped before they have ended, they go as their ``Command/onDrop`` says. On another OS thread
/// than their scheduler's they are as a single ``ChildProcess`` is there.
public final class RunningPipeline {
  /// The children, in the pipeline's order.
  public let stages: [ChildProcess]
  private let pipeline: Pipeline
  private var isTimeSpent = false

  init(_ stages: [ChildProcess], of pipeline: Pipeline) {
    self.stages = stages
    self.pipeline = pipeline
  }

  /// Where the first stage's input is written, if its command asks for that.
  public var standardInput: ChildInput { stages[0].standardInput }

  /// Where the last stage's output is read, if captured.
  public var standardOutput: ChildOutput { stages[stages.count - 1].standardOutput }

  /// Waits for the end of all; asked again, gives the same answer.
  ///
  /// Parks.
  ///
  /// - Returns: how each has ended.
  /// - Throws: `Cancelled`, and they run on.
  @discardableResult
  public func wait() throws -> [ExitReport] {
    try stages.map { try $0.wait() }
  }

  /// Asks all to end: TERM, then CONT.
  ///
  /// Does not park.
  public func requestEnd() { stages.requestEnd() }

  /// Ends all by KILL.
  ///
  /// Does not park: ``wait()`` tells when they have ended.
  public func kill() { stages.kill() }

  /// Collects what they write until all have ended; the base of ``Pipeline/output(started:)``.
  ///
  /// Parks. With a timeout that ends nobody it may return earlier, as
  /// ``ChildProcess/output(limit:until:sink:)`` does.
  ///
  /// - Throws: `Cancelled`, once they have been ended gracefully; `InvalidArgument` for a negative
  ///   limit; `ResourceBusy` while another green thread reads one of their outputs.
  public func output() throws -> PipelineOutput {
    for stage in stages { try stage.requireNoReader() }
    defer { for stage in stages { stage.endCollecting() } }
    var collected: [(collector: OutputCollector, drains: [OutputDrain])] = []
    for stage in stages {
      let collector = OutputCollector(try stage.command.limits.limited(to: nil))
      collected.append((collector, try stage.drains(into: collector)))
    }
    let deadline = pipeline.timeout.map { stages[0].startTime.advanced(by: $0) }
    let rules = EndingRules(
      onTimeout: pipeline.onTimeout, onOverflow: pipeline.onOverflow, grace: pipeline.grace,
      linger: pipeline.linger)
    let attendance = Attendance(
      of: stages, rules, drains: collected.flatMap(\.drains),
      deadline: isTimeSpent ? nil : deadline)
    try attendance.run()
    if attendance.isTimedOut { isTimeSpent = true }
    var result = PipelineOutput()
    result.isTimedOut = attendance.isTimedOut
    result.stages = zip(stages, collected).map { stage, collected in
      var outcome = stage.outcome(collected.collector, collected.drains)
      if let deadline, attendance.isTimedOut {
        outcome.isTimedOut = stage.endTime.map { $0 >= deadline } ?? true
      }
      return outcome
    }
    return result
  }
}

@available(*, unavailable, message: "a pipeline stays on its scheduler's OS thread")
extension RunningPipeline: Sendable {}

/// What a pipeline came to.
public struct PipelineOutput: Sendable {
  /// Each stage's standard error and end; the last one's standard output is the whole's.
  ///
  /// Those that had not ended when the time of all was up are marked as timed out.
  public internal(set) var stages: [CommandOutput] = []
  /// The time of all was up.
  public internal(set) var isTimedOut = false

  /// The kept bytes of the last stage's standard output.
  public var standardOutput: [UInt8] { stages.last?.standardOutput ?? [] }
  /// That output as text, with U+FFFD for what is not UTF-8.
  public var text: String { stages.last?.text ?? "" }
  /// Its lines; see ``CommandOutput/lines``.
  public var lines: [String] { stages.last?.lines ?? [] }
  /// How the last stage ended.
  public var status: ExitStatus { stages.last?.status ?? .unknown }
  /// Output of a stage beyond its limits was dropped.
  public var isTruncated: Bool { stages.contains(where: \.isTruncated) }
  /// A descendant held a pipe open after the end.
  public var isCutOff: Bool { stages.contains(where: \.isCutOff) }

  /// Whether all went well: each stage exited with code 0, or, before the last, ended by SIGPIPE
  /// because the next one had read enough.
  public var isSuccess: Bool { firstFailure == nil }

  /// The index in ``stages`` of the first that failed, which ``Pipeline/run()`` throws; nil where
  /// all went well.
  ///
  /// A stage whose time was up has failed, whatever its status.
  public var firstFailure: Int? {
    let last = stages.count - 1
    let failure = stages.indices.first { index in
      let status = stages[index].status
      let hadEnough = status == .signalled(.brokenPipe, coreDumped: false)
      return status.isSuccess ? stages[index].isTimedOut : !(hadEnough && index < last)
    }
    return failure ?? stages.lastIndex(where: \.isTimedOut)
  }
}
