internal import CoreShift
internal import GreenThreads

extension Command {
  /// Runs the command to its end and returns what it wrote.
  ///
  /// Parks.
  ///
  /// Both outputs are drained at the same time, each by a green thread of its own, so the child is
  /// never blocked; what goes beyond `limit` is read and dropped. Cancelled, it ends the child
  /// gracefully first.
  ///
  /// - Parameters:
  ///   - limit: how many bytes of both outputs together are kept, from their beginnings.
  ///   - text: ends the child gracefully once this has appeared in one of its outputs.
  ///   - sink: given each chunk as it is read, in order, on the green thread that drains that
  ///     stream; while it parks, the child is held back by its full pipe. Its error ends the child.
  ///   - started: told of the child once it runs, to signal it from elsewhere.
  /// - Returns: the kept output, and how the child ended.
  /// - Throws: `CoreError` with step and errno when it cannot be run; `Cancelled`.
  public func output(
    limit: Int = 1 << 20, until text: [UInt8]? = nil,
    sink: ((CommandStream, [UInt8]) throws -> Void)? = nil,
    started: ((ChildProcess) -> Void)? = nil
  ) throws -> CommandOutput {
    guard limit >= 0 else { throw InvalidArgument("an output limit of \(limit)") }
    let child = try start()
    started?(child)
    let collector = OutputCollector(limit: limit, until: text, sink: sink)
    var ending = Ending(of: child, timeout: timeout)
    let drains = child.outputDrains
    try withScope { scope in
      do {
        let running = spawn(drains, into: collector, of: child, in: scope)
        try ending.awaitExit()
        try withCancellationShield {
          try finish(drains, running, of: child, graceUntil: ending.graceUntil)
        }
      } catch {
        // The scope waits for whoever drains, and a pipe can stay open for ever.
        for drain in drains { drain.stopWaiting() }
        child.standardInput?.close()
        throw error
      }
    }
    if let cancelled = ending.cancelled { throw cancelled }
    return collected(collector, child, ending, drains)
  }

  private func collected(
    _ collector: OutputCollector, _ child: ChildProcess, _ ending: Ending,
    _ drains: [OutputDrain]
  ) -> CommandOutput {
    var result = CommandOutput()
    (result.standardOutput, result.standardError) = collector.takeOutput()
    result.status = child.exitReport?.status ?? .unknown
    result.usage = child.exitReport?.usage
    result.pid = child.pid
    result.duration = child.startTime.duration(to: child.endTime ?? child.startTime)
    result.isTruncated = collector.isTruncated
    result.isTimedOut = ending.isTimedOut
    result.isMatched = collector.isMatched
    result.isCutOff = drains.contains { $0.isCutOff }
    return result
  }

  /// One green thread a pipe.
  private func spawn(
    _ drains: [OutputDrain], into collector: OutputCollector, of child: ChildProcess,
    in scope: Scope
  ) -> [Handle<Void>] {
    if let input = child.standardInput, case .bytes(let bytes) = standardInput {
      scope.spawn(name: "input of \(child.pid)") { try feed(bytes, to: input) }
    }
    return drains.map { drain in
      scope.spawn(name: "output of \(child.pid)") { try drain.run(into: collector, of: child) }
    }
  }

  /// Waits for the outputs' ends.
  ///
  /// Descendants of a child that was asked to end have what is left of its grace, and are killed
  /// then; whoever else holds a pipe open has the linger.
  private func finish(
    _ drains: [OutputDrain], _ running: [Handle<Void>], of child: ChildProcess,
    graceUntil: Instant?
  ) throws {
    child.standardInput?.close()
    if let graceUntil {
      try join(running, until: graceUntil)
      try? child.watch.kill()
    }
    try join(running, until: .now.advanced(by: linger))
    for drain in drains { drain.stopWaiting() }
  }

  /// Waits for the end of all, but not for longer than `deadline`.
  ///
  /// What one of them throws, or has thrown, is the scope's failure.
  private func join(_ running: [Handle<Void>], until deadline: Instant) throws {
    do {
      try withDeadline(deadline) {
        for drain in running where !drain.isFinished { try drain.join() }
      }
    } catch let error as DeadlineExceeded where error.deadline == deadline {}
  }
}

extension ChildProcess {
  /// A drain for each captured output.
  fileprivate var outputDrains: [OutputDrain] {
    var drains: [OutputDrain] = []
    if let output = standardOutput { drains.append(OutputDrain(output, .output)) }
    if let error = standardError { drains.append(OutputDrain(error, .error)) }
    return drains
  }
}

/// Writes the input.
///
/// A child that does not want it all is fine.
private func feed(_ bytes: [UInt8], to pipe: Descriptor) throws {
  defer { pipe.close() }
  do {
    try withCancellationShield { try pipe.write(bytes) }
  } catch let error as CoreError where error.code == .brokenPipe {
  } catch is ResourceClosed {}
}
