/// Names one spawned green thread: to wait for it, take its result, or cancel it.
///
/// A value without an owner: dropping it detaches nobody, the scope waits all the same. Not
/// `Sendable`: it stays on its scheduler's OS thread.
public struct Handle<Success> {
  @usableFromInline let thread: UncheckedThread
  @usableFromInline let serial: UInt64

  @inlinable
  init(_ child: Spawning) {
    thread = child.thread
    serial = child.serial
  }

  /// The number by which reports name the green thread, as ``GreenThread/id``.
  public var id: UInt64 { visibleNumber(of: serial) }

  /// Waits until the green thread has ended, and takes its result.
  ///
  /// Parks.
  ///
  /// The result is delivered once. The target is not cancelled when the caller is. Who waits when
  /// the target ends gets its outcome, though the scope may end first. Of a target without a value
  /// nothing is known once its scope has ended: a join that begins then returns, also if it failed.
  /// In a scope that isolates failures its error is its handler's alone: a join only waits.
  ///
  /// - Throws: what the body threw; ``Cancelled``, when the caller is cancelled, or the target was
  ///   before it ended (see ``cancel()``); ``ResourceClosed``, when the value has been taken or the
  ///   scope has ended; ``ResourceBusy``, when somebody else is waiting already.
  @inlinable
  public func join() throws -> Success {
    if let payload = try awaitOutcome(until: nil) { return payload.take(Success.self) }
    return try Self.nothing()
  }

  /// Waits for at most `timeout`; zero asks without waiting.
  ///
  /// The handle stays good. Parks.
  ///
  /// - Throws: as ``join()``; ``DeadlineExceeded`` when it has not ended by then;
  ///   ``InvalidArgument`` when `timeout` is negative.
  @inlinable
  public func join(within timeout: Duration) throws -> Success {
    if let payload = try awaitOutcome(until: Self.deadline(after: timeout)) {
      return payload.take(Success.self)
    }
    return try Self.nothing()
  }

  /// Whether the body has ended.
  ///
  /// False for one that has been cancelled and still runs.
  public var isFinished: Bool {
    if isStillToBegin { return false }
    guard let record else { return true }
    return record.it.phase == .finished
  }

  /// Whether it is to begin later, and nobody has asked for it yet.
  var isStillToBegin: Bool {
    guard isOfThisThread(serial), let delayed = thread.delayed else { return false }
    return delayed.it.serial == serial && delayed.it.thread == nil
  }

  /// Cancels the green thread, and all that it has spawned.
  ///
  /// One that has not begun never will; one that runs or is parked sees it at its next park. Who
  /// waits for its end gets ``Cancelled``. Of one without a value nothing is kept beyond that: a
  /// join that begins after its end returns, and in a scope that isolates failures each does.
  ///
  /// Again, or after the end: no effect.
  public func cancel() {
    guard let record else { return }
    record.it.scheduler.cancel(record)
  }

  /// The green thread's own record; nil once that serves another, or its scheduler has ended.
  var record: ThreadReference? {
    isOfThisThread(serial) ? thread.record(numbered: serial) : nil
  }

  /// Whose result is the empty tuple and lies nowhere.
  @usableFromInline
  static func nothing() throws -> Success {
    // Not what it could be cast to: a value of such a type is made up by nobody.
    guard Success.self == Void.self, let nothing = () as? Success else {
      throw ResourceClosed("the handle of a green thread whose result has been taken or dropped")
    }
    return nothing
  }

  /// Where its result lies, for the caller to take; nil when there is none.
  @usableFromInline
  func awaitOutcome(until deadline: Instant?) throws -> Payload? {
    try GreenThreads.awaitOutcome(of: thread, serial: serial, until: deadline)
  }

  @usableFromInline
  static func deadline(after timeout: Duration) throws -> Instant {
    guard timeout >= .zero else { throw InvalidArgument("a timeout of \(timeout)") }
    return .now.advanced(by: timeout)
  }
}

@available(*, unavailable, message: "a handle stays on its scheduler's OS thread")
extension Handle: Sendable {}
