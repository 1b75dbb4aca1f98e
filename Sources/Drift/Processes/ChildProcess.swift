public import CoreShift
public import GreenThreads

/// A running child process, and this side's ends of its pipes.
///
/// Any number of green threads may wait for its end. What becomes of one that is let go of before
/// it has ended says ``Command/onDrop``; it leaves no zombie.
///
/// It belongs to its scheduler's OS thread. On another, where a fresh one may have been sent, it
/// can be let go of, and ``kill()`` and ``requestEnd()`` have the loop do it when its turn comes;
/// all else ends the program with a message, but for what never changes, such as ``pid``.
public final class ChildProcess {
  let watch: ExitWatch
  /// What it runs.
  public let command: Command
  /// Where its input is written, if the command asks for that.
  public let standardInput: ChildInput
  /// Where its output is read, if captured.
  public let standardOutput: ChildOutput
  /// Where its error output is read, if captured.
  public let standardError: ChildOutput
  /// When it was spawned: the moment before, of which its time limit counts.
  public let startTime: Instant
  /// When its end was seen; nil while it runs.
  public var endTime: Instant? { watch.endTime }
  /// Set when somebody asks for its end: who collects its output goes on to KILL after the grace.
  @safe @exclusivity(unchecked) var endRequested = false
  /// Its time was up, and that ended nobody: from then on it may take its time.
  @safe @exclusivity(unchecked) var isTimeSpent = false
  @safe @exclusivity(unchecked) private var unfed: InputFeed?

  /// `startTime` is taken before the spawn: who returns from it late, because the child was given
  /// the processor, would count the child's time from its end on.
  init(
    spawnedAt startTime: Instant, _ spawned: consuming SpawnedProcess,
    of command: borrowing Command
  ) throws {
    self.startTime = startTime
    self.command = copy command
    let input = spawned.standardInput.take()
    let output = spawned.standardOutput.take()
    let error = spawned.standardError.take()
    standardInput = ChildInput(Self.adopt(input))
    standardOutput = ChildOutput(Self.adopt(output))
    standardError = ChildOutput(Self.adopt(error))
    if case .bytes(let bytes) = self.command.standardInput, let pipe = standardInput.pipe {
      unfed = InputFeed(bytes, into: pipe)
      // Whoever feeds it later has nobody to tell that it could not be waited for.
      if unfed != nil { try pipe.requireRegistered() }
    }
    let heldOutputs = spawned.heldOutputs.take()
    let hasEnded = spawned.hasEnded
    watch = try ExitWatch(spawned.process, as: command, hasEnded: hasEnded)
    if watch.report == nil { watch.heldOutputs = heldOutputs }
    if unfed != nil { watch.fed = standardInput.pipe }
  }

  private static func adopt(_ descriptor: consuming Fd?) -> Descriptor? {
    guard let descriptor = consume descriptor else { return nil }
    return Descriptor(adoptingUnregistered: descriptor)
  }

  deinit {
    watch.abandon()
  }

  /// What of the input is still to be fed; nil when all is, or somebody does it.
  func takeUnfedInput() -> InputFeed? {
    defer { unfed = nil }
    return unfed
  }

  /// Ends an input that nobody is there to write: the child would wait for it for ever.
  func endUnreachableInput() {
    if case .pipe = command.standardInput { standardInput.end() }
  }

  /// Its number, also after the end; for people.
  public var pid: Int32 { watch.pid }

  /// How it ended, and at what price; nil while it runs.
  public var exitReport: ExitReport? { watch.report }

  /// Waits for its end; asked again, gives the same answer.
  ///
  /// Parks. Outputs that are captured must be read by somebody else meanwhile, or the child waits
  /// for ever once a pipe is full.
  ///
  /// - Throws: `Cancelled`, and the child runs on.
  @discardableResult
  public func wait() throws -> ExitReport {
    try GreenThread.checkCancellation()
    while true {
      if let report = watch.report { return report }
      try watch.wait(until: nil)
    }
  }

  /// Waits for its end for at most `timeout`; zero asks without waiting.
  ///
  /// Parks.
  ///
  /// - Throws: `DeadlineExceeded` when it has not ended by then, and it runs on; `Cancelled`;
  ///   `InvalidArgument` when `timeout` is negative.
  @discardableResult
  public func wait(within timeout: Duration) throws -> ExitReport {
    try GreenThread.checkCancellation()
    guard timeout >= .zero else { throw InvalidArgument("a timeout of \(timeout)") }
    let deadline = Instant.now.advanced(by: timeout)
    while true {
      if let report = watch.report { return report }
      if Instant.now >= deadline { throw DeadlineExceeded(deadline: deadline) }
      try watch.wait(until: deadline)
    }
  }

  /// Sends a signal to it, or to the group that it leads or has joined; to one that has ended: no
  /// effect.
  ///
  /// Does not park.
  ///
  /// - Throws: `CoreError` of `pidfd_send_signal`.
  public func send(
    _ signal: Signal, to target: ProcessDescriptor.SignalTarget = .process
  ) throws(CoreError) {
    try watch.send(signal, to: target)
  }

  /// Asks it to end: TERM, then CONT, because a stopped process does not see TERM; to its whole
  /// group if it leads one.
  ///
  /// Does not park.
  public func requestEnd() {
    [self].requestEnd()
  }

  /// Ends it by KILL, with its whole group if it leads one; one that has ended is fine.
  ///
  /// Does not park: ``wait()`` tells when it has ended.
  public func kill() {
    [self].kill()
  }

  /// Ends it: TERM and CONT, the grace, then KILL; returns when it has ended, and with it the group
  /// that it leads, which has the same grace.
  ///
  /// Parks, also when the caller is cancelled: the grace bounds it. One that has ended before is
  /// left at that.
  @discardableResult
  public func end() throws -> ExitReport {
    if let report = watch.report { return report }
    return try withCancellationShield {
      requestEnd()
      let deadline = Instant.now.advanced(by: command.grace)
      while watch.report == nil && Instant.now < deadline { try watch.wait(until: deadline) }
      if watch.report == nil { kill() }
      let report = try wait()
      try [self].awaitGroup(until: deadline)
      [self].killGroup()
      return report
    }
  }
}

@available(*, unavailable, message: "a child stays on its scheduler's OS thread")
extension ChildProcess: Sendable {}
