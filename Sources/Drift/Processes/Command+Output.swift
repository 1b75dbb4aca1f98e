public import CoreShift
internal import GreenThreads

extension Command {
  /// Starts the command; returns once it has begun to execute.
  ///
  /// Does not park. Bytes that are its input are fed by a green thread of the event loop's, which
  /// ends with the child.
  ///
  /// - Throws: `CoreError` with the step that failed, the errno and the path, such as `execveat`
  ///   with EACCES; `InvalidArgument` for a negative time; `Cancelled`; nothing is left behind.
  public func start() throws -> ChildProcess {
    let child = try startUnfed()
    child.takeUnfedInput()?.runByItself(for: child.pid)
    return child
  }

  /// Starts the command with another child's standard output as its input: both are connected by
  /// that pipe, through which nothing passes here any more.
  ///
  /// What was read of the output before is not in it; ``standardInput`` does not count. For whole
  /// chains see ``Pipeline``. Does not park.
  ///
  /// - Throws: as ``start()``, and the output is closed then, too; `ResourceClosed` when it is not
  ///   captured, or closed.
  public func start(readingOutputOf other: ChildProcess) throws -> ChildProcess {
    guard let pipe = other.standardOutput.pipe else {
      throw ResourceClosed("an output that is not captured")
    }
    let reader = try pipe.release()
    try reader.setBlockingMode(.blocking)
    var command = self
    command.standardInput = .descriptor(reader.rawValue)
    return try command.start()
  }

  /// Runs the command to its end and returns what it wrote, however it ended.
  ///
  /// Parks.
  ///
  /// Both outputs are drained at the same time, by the caller or, with a sink, each by a green
  /// thread of its own, so the child is never blocked; what goes beyond the limit is read and
  /// dropped. Cancelled, it ends the child gracefully first.
  ///
  /// - Parameters:
  ///   - limit: how many bytes of both outputs together are kept; nil leaves it to ``limits``.
  ///   - match: ends the child gracefully once this has appeared in one of its outputs.
  ///   - sink: given each chunk as it is read, in order, on the green thread that drains that
  ///     stream; while it parks, the child is held back by its full pipe. Its error ends the child.
  ///   - started: told of the child once it runs, to signal it, or to write its input, from
  ///     elsewhere.
  /// - Returns: the kept output, and how the child ended.
  /// - Throws: `CoreError` with step and errno when it cannot be run; `Cancelled`.
  public func output(
    limit: Int? = nil, until match: OutputMatch? = nil,
    sink: ((DrainedStream, [UInt8]) throws -> Void)? = nil,
    started: ((ChildProcess) -> Void)? = nil
  ) throws -> CommandOutput {
    _ = try limits.limited(to: limit)
    let child = try startUnfed(isCollected: started == nil && sink == nil)
    if let started { started(child) } else { child.endUnreachableInput() }
    return try child.output(limit: limit, until: match, sink: sink)
  }

  /// Runs the command to its end, which must be a success: `try Command("git", "pull").run()`.
  ///
  /// Parks.
  ///
  /// - Parameter limit: how many bytes of both outputs together are kept; nil leaves it to
  ///   ``limits``.
  /// - Returns: the kept output.
  /// - Throws: ``CommandFailed``, with the output, when it did not exit with code 0, or its time
  ///   was up; else as ``output(limit:until:sink:started:)``.
  @discardableResult
  public func run(limit: Int? = nil) throws -> CommandOutput {
    let result = try output(limit: limit)
    guard result.isSuccess else { throw CommandFailed(self, result) }
    return result
  }

  /// A child whose input somebody has yet to feed.
  ///
  /// Held outputs end with the child and not before, even if it closes them: who waits for its end
  /// as well is woken once and not three times. Only for who cannot tell.
  func startUnfed(isCollected: Bool = false) throws -> ChildProcess {
    try GreenThread.checkCancellation()
    try EndingRules.requireNoneNegative(timeout, grace, linger)
    let events = ReactorEvents.current(for: "Command.start")
    do {
      let startTime = Instant.now
      let spawned = try spawn(for: events, isCollected: isCollected)
      return try ChildProcess(spawnedAt: startTime, spawned, of: self)
    } catch {
      events.processes.failed += 1
      throw error
    }
  }
}
