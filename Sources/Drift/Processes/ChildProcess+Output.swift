public import CoreShift
internal import GreenThreads

extension ChildProcess {
  /// Collects what it writes until it ends; the base of
  /// ``Command/output(limit:until:sink:started:)``.
  ///
  /// Parks.
  ///
  /// Returns before the end only when ``Command/onTimeout`` says that a timeout ends nobody: then
  /// `isTimedOut` is set, the child runs on, and a further call collects what follows, for as long
  /// as it takes.
  ///
  /// - Parameters:
  ///   - limit: how many bytes of both outputs together are kept; nil leaves it to
  ///     ``Command/limits``.
  ///   - match: ends the child gracefully once this has appeared in one of its outputs.
  ///   - sink: given each chunk as it is read, in order, on the green thread that drains that
  ///     stream; while it parks, the child is held back by its full pipe. Its error ends the child.
  /// - Returns: the kept output, and how the child ended.
  /// - Throws: `Cancelled`, once the child has been ended gracefully; what the sink throws;
  ///   `InvalidArgument` for a negative limit; `ResourceBusy` while another green thread reads one
  ///   of its outputs, and then all goes on as it was.
  public func output(
    limit: Int? = nil, until match: OutputMatch? = nil,
    sink: ((DrainedStream, [UInt8]) throws -> Void)? = nil
  ) throws -> CommandOutput {
    let collector = OutputCollector(
      try command.limits.limited(to: limit), until: match, sink: sink)
    try requireNoReader()
    defer { endCollecting() }
    let drains = try drains(into: collector)
    let deadline = isTimeSpent ? nil : command.timeout.map { startTime.advanced(by: $0) }
    let attendance = Attendance(
      of: [self], command.endingRules, drains: drains, deadline: deadline)
    try attendance.run()
    if attendance.isTimedOut { isTimeSpent = true }
    var result = outcome(collector, drains)
    result.isTimedOut = attendance.isTimedOut
    return result
  }

  /// Throws `ResourceBusy` while another green thread reads one of its outputs.
  func requireNoReader() throws {
    watch.requireHere()
    try standardOutput.requireNoReader()
    try standardError.requireNoReader()
  }

  /// Lets others read the outputs again.
  func endCollecting() {
    standardOutput.endCollecting()
    standardError.endCollecting()
  }

  /// A drain for each captured output, which nobody else may be reading.
  func drains(into collector: OutputCollector) throws -> [OutputDrain] {
    let output = try standardOutput.drain(as: .standardOutput, into: collector)
    let error = try standardError.drain(as: .standardError, into: collector)
    return switch (output, error) {
    case (let output?, let error?): [output, error]
    case (let only?, nil), (nil, let only?): [only]
    case (nil, nil): []
    }
  }

  /// What it has come to, apart from the time.
  func outcome(_ collector: OutputCollector, _ drains: [OutputDrain]) -> CommandOutput {
    var result = CommandOutput()
    result.isTruncated = collector.isTruncated
    (result.standardOutput, result.standardError) = collector.takeOutput()
    result.status = exitReport?.status ?? .unknown
    result.usage = exitReport?.usage
    result.pid = pid
    result.duration = startTime.duration(to: endTime ?? .now)
    result.isMatched = collector.isMatched
    result.isCutOff = drains.contains { $0.isCutOff }
    return result
  }
}

extension DrainLimits {
  /// The same with another common limit.
  func limited(to limit: Int?) throws -> DrainLimits {
    var limits = self
    if let limit { limits.byteLimit = limit }
    guard limits.byteLimit >= 0 else {
      throw InvalidArgument("an output limit of \(limits.byteLimit)")
    }
    return limits
  }
}

extension Command {
  var endingRules: EndingRules {
    EndingRules(onTimeout: onTimeout, onOverflow: onOverflow, grace: grace, linger: linger)
  }
}
