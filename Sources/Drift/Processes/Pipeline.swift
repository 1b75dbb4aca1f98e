internal import CoreShift
internal import GreenThreads

/// Commands of which each reads what the one before writes: `Command("ls") | Command("wc", "-l")`.
///
/// The kernel's pipes connect them directly; nothing that passes is copied through this program.
/// They share one process group, which the first leads, unless a stage's ``Command/processGroup``
/// or ``Command/session`` says otherwise; and one end: what ``timeout`` and the others say here
/// counts, and not what the stages say. Each stage's own ``Command/limits`` bound
/// its standard error, and the last one's also the output.
public struct Pipeline: Sendable {
  /// The commands, from the one that reads the input to the one whose output is the whole's.
  ///
  /// The first keeps its own standard input, and the last its own standard output; what lies in
  /// between must be left as it is by default. Each keeps its own standard error.
  public var stages: [Command]
  /// How long they may run, from their start; then comes ``onTimeout``.
  ///
  /// Nil: for ever.
  public var timeout: Duration?
  /// What happens to all when their time is up.
  public var onTimeout = Command.Consequence.end
  /// What happens to all when an output of one passes its limit.
  public var onOverflow = Command.Consequence.none
  /// How long after TERM they may still run before KILL.
  public var grace = Duration.seconds(2)
  /// How long, after the end of all, output may still come from a descendant.
  public var linger = Duration.milliseconds(100)

  /// Connects commands, at least one.
  public init(_ stages: [Command]) {
    self.stages = stages
  }

  /// Connects commands, at least one.
  public init(_ stages: Command...) {
    self.init(stages)
  }

  /// One more stage behind.
  public static func | (pipeline: Pipeline, command: Command) -> Pipeline {
    var longer = pipeline
    longer.stages.append(command)
    return longer
  }

  /// Starts all stages; returns once each has begun to execute.
  ///
  /// Parks only where one cannot be started: the others are killed then, and awaited.
  ///
  /// - Throws: as ``Command/start()``, for the first stage that could not be started;
  ///   `InvalidArgument` for no stages, one whose streams lead elsewhere, or a negative time.
  public func start() throws -> RunningPipeline {
    let pipeline = try startUnfed()
    for child in pipeline.stages {
      child.takeUnfedInput()?.runByItself(for: child.pid)
    }
    return pipeline
  }

  /// Runs all stages to their end and returns what they wrote, however they ended.
  ///
  /// Parks. Cancelled, it ends them gracefully first.
  ///
  /// - Parameter started: told of the stages once they run, to signal them from elsewhere.
  /// - Returns: the last one's output, and each one's standard error and end.
  /// - Throws: as ``start()``; `Cancelled`.
  public func output(started: ((RunningPipeline) -> Void)? = nil) throws -> PipelineOutput {
    let pipeline = try startUnfed()
    if let started { started(pipeline) } else { pipeline.stages[0].endUnreachableInput() }
    return try pipeline.output()
  }

  /// Runs all stages to their end, each of which must be a success.
  ///
  /// Parks.
  ///
  /// - Throws: ``CommandFailed`` for the first stage that was none; else as
  ///   ``output(started:)``. See ``PipelineOutput/isSuccess``.
  @discardableResult
  public func run() throws -> PipelineOutput {
    let result = try output()
    if let index = result.firstFailure { throw CommandFailed(stages[index], result.stages[index]) }
    return result
  }

  private func startUnfed() throws -> RunningPipeline {
    try GreenThread.checkCancellation()
    try validate()
    var children: [ChildProcess] = []
    do {
      // No stage is reaped before all have begun, since nothing here parks: the first one's group
      // is there to be joined even when it has ended.
      var input: Fd?
      for index in stages.indices {
        var command = connected(index, after: children.first)
        if let number = input?.rawValue { command.standardInput = .descriptor(number) }
        guard index < stages.count - 1 else {
          children.append(try command.startUnfed())
          break
        }
        let pipe = try Pipe(readEnd: .blocking, writeEnd: .blocking)
        let writer = pipe.writeEnd
        command.standardOutput = .descriptor(writer.rawValue)
        children.append(try command.startUnfed())
        let reader = pipe.readEnd
        input = consume reader
      }
    } catch {
      children.kill()
      try? withCancellationShield { for child in children { try child.wait() } }
      throw error
    }
    return RunningPipeline(children, of: self)
  }

  /// A stage's command, in the first one's group.
  ///
  /// A group is of one session: behind the leader of a session of its own each leads a group.
  private func connected(_ index: Int, after first: ChildProcess?) -> Command {
    var command = stages[index]
    guard let first, command.processGroup == .own, command.session == .inherit,
      first.command.session == .inherit
    else { return command }
    let leads = first.watch.leadsGroup
    command.processGroup = leads ? .join(first.pid) : first.command.processGroup
    return command
  }

  private func validate() throws {
    if stages.isEmpty { throw InvalidArgument("a pipeline without stages") }
    try EndingRules.requireNoneNegative(timeout, grace, linger)
    for (index, stage) in stages.enumerated() {
      try EndingRules.requireNoneNegative(stage.timeout, stage.grace, stage.linger)
      if index > 0, !stage.standardInput.isDefault {
        throw InvalidArgument("an input for `\(stage)`, which reads the stage before")
      }
      if index < stages.count - 1, !stage.standardOutput.isDefault {
        throw InvalidArgument("an output for `\(stage)`, which the next stage reads")
      }
    }
  }
}

extension Pipeline: CustomStringConvertible {
  /// The stages as one would type them into a shell: `ls | wc -l`.
  public var description: String {
    stages.map(\.description).joined(separator: " | ")
  }
}

extension Command {
  /// Two commands, of which the second reads what the first writes.
  public static func | (first: Command, second: Command) -> Pipeline {
    Pipeline(first, second)
  }
}

extension Command.Input {
  fileprivate var isDefault: Bool { if case .null = self { true } else { false } }
}

extension Command.Output {
  fileprivate var isDefault: Bool { if case .capture = self { true } else { false } }
}
