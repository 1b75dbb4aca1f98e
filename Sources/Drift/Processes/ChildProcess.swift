public import CoreShift
public import GreenThreads

/// A running child process, and this side's ends of its pipes.
///
/// Any number of green threads may wait for its end. Letting go of one that has not ended ends it
/// (KILL, to its whole group) and leaves no zombie.
public final class ChildProcess {
  let watch: ExitWatch
  /// Where its input is written; nil unless the command feeds it.
  ///
  /// Closing it is the input's end.
  public let standardInput: Descriptor?
  /// Where its output is read; nil unless captured.
  public let standardOutput: Descriptor?
  /// Where its error output is read; nil unless captured.
  public let standardError: Descriptor?
  /// When it began to execute.
  public let startTime: Instant
  /// When its end was seen; nil while it runs.
  public var endTime: Instant? { watch.endTime }
  /// How long after TERM it may run before KILL.
  let grace: Duration
  /// Set by ``requestEnd()``: whoever collects its output goes on to KILL after the grace.
  private(set) var endRequested = false

  init(_ spawned: consuming SpawnedProcess, grace: Duration) throws {
    startTime = .now
    self.grace = grace
    let input = spawned.standardInput.take()
    let output = spawned.standardOutput.take()
    let error = spawned.standardError.take()
    standardInput = try Self.adopt(input)
    standardOutput = try Self.adopt(output)
    standardError = try Self.adopt(error)
    watch = try ExitWatch(spawned.process)
  }

  private static func adopt(_ descriptor: consuming Fd?) throws -> Descriptor? {
    guard let descriptor = consume descriptor else { return nil }
    return try Descriptor(adopting: descriptor, shortRead: .meansNothing)
  }

  deinit {
    watch.abandon()
  }

  /// Its number, also after the end; for people.
  public var pid: Int32 { watch.pid }

  /// How it ended, and at what price; nil while it runs.
  public var exitReport: ExitReport? { watch.report }

  /// Waits for its end; asked again, gives the same answer.
  ///
  /// Parks.
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

  /// Sends a signal to it, or to its group; to one that has ended: no effect.
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
    endRequested = true
    try? watch.requestEnd()
    watch.wakeAll()
  }

  /// Ends it: TERM and CONT, the grace, then KILL; returns when it has ended.
  ///
  /// Parks, also when the caller is cancelled: the grace bounds it.
  @discardableResult
  public func end() throws -> ExitReport {
    try withCancellationShield {
      requestEnd()
      let deadline = Instant.now.advanced(by: grace)
      while watch.report == nil && Instant.now < deadline { try watch.wait(until: deadline) }
      if watch.report == nil { try watch.kill() }
      return try wait()
    }
  }
}

extension Command {
  /// Starts the command; returns once it has begun to execute.
  ///
  /// - Throws: `CoreError` with the step that failed, the errno and the path, such as `execveat`
  ///   with EACCES; nothing is left behind.
  public func start() throws -> ChildProcess {
    try GreenThread.checkCancellation()
    return try ChildProcess(spawnOptions().spawn(), grace: grace)
  }
}
