internal import CoreShift
internal import GreenThreads

extension Command {
  /// Runs the command to its end and returns what it wrote. Parks.
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
  /// - Throws: `CoreError` with step and errno when it cannot be run; `Cancelled`.
  public func output(
    limit: Int = 1 << 20, until text: [UInt8]? = nil,
    sink: ((CommandStream, [UInt8]) throws -> Void)? = nil,
    started: ((ChildProcess) -> Void)? = nil
  ) throws -> CommandOutput {
    let child = try start()
    started?(child)
    let collector = OutputCollector(limit: limit, until: text, sink: sink)
    var ending = Ending(of: child, timeout: timeout)
    var isCutOff = false
    try withScope { scope in
      let drains = startDrains(of: child, into: collector, in: scope)
      try ending.awaitExit()
      isCutOff = try withCancellationShield { try finish(drains, of: child) }
    }
    if let cancelled = ending.cancelled { throw cancelled }
    return collected(collector, child, ending, isCutOff)
  }

  private func collected(
    _ collector: OutputCollector, _ child: ChildProcess, _ ending: Ending, _ isCutOff: Bool
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
    result.isCutOff = isCutOff
    return result
  }

  /// One green thread a pipe. They are shielded, and end when their pipe does or is closed: a child
  /// that is being ended must still be able to write.
  private func startDrains(
    of child: ChildProcess, into collector: OutputCollector, in scope: Scope
  ) -> [Handle<Void>] {
    var drains: [Handle<Void>] = []
    if let output = child.standardOutput {
      drains.append(
        scope.spawn(name: "output of \(child.pid)") {
          try drain(output, into: collector, as: .output, of: child)
        })
    }
    if let error = child.standardError {
      drains.append(
        scope.spawn(name: "errors of \(child.pid)") {
          try drain(error, into: collector, as: .error, of: child)
        })
    }
    if let input = child.standardInput, case .bytes(let bytes) = standardInput {
      scope.spawn(name: "input of \(child.pid)") { try feed(bytes, to: input) }
    }
    return drains
  }

  /// Waits for the outputs' ends, but not for longer than the linger. True when one was cut off.
  private func finish(_ drains: [Handle<Void>], of child: ChildProcess) throws -> Bool {
    child.standardInput?.close()
    do {
      try withTimeout(linger) { for drain in drains { try drain.join() } }
      return false
    } catch is DeadlineExceeded {
      child.standardOutput?.close()
      child.standardError?.close()
      return true
    }
  }
}

/// Reads a pipe to its end, or until somebody closes it.
private func drain(
  _ pipe: Descriptor, into collector: OutputCollector, as stream: CommandStream,
  of child: ChildProcess
) throws {
  defer { pipe.close() }
  try withCancellationShield {
    // On the heap: a frame of this size could jump over a stack's guard.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)
    defer { unsafe buffer.deallocate() }
    do {
      while case let count = unsafe try pipe.read(into: buffer), count > 0 {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if unsafe try collector.take(bytes, from: stream) { child.requestEnd() }
      }
    } catch is ResourceClosed {}
  }
}

/// Writes the input. A child that does not want it all is fine.
private func feed(_ bytes: [UInt8], to pipe: Descriptor) throws {
  defer { pipe.close() }
  do {
    try withCancellationShield { try pipe.write(bytes) }
  } catch let error as CoreError where error.code == .brokenPipe {
  } catch is ResourceClosed {}
}
