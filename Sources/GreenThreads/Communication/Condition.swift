/// Something that green threads wait for others to announce.
///
/// A signal wakes those who wait then; it is not kept for who comes later. So look at what you wait
/// for before and after, in a loop: `while queue.isEmpty { try condition.wait() }`. Between the
/// look and the wait nobody else runs, and no lock is needed; where one is held, name it.
public final class Condition {
  private struct State {
    var waiters = WaitQueue()
    var isClosed = false
    let subject: Subject
  }

  private let state: Reference<State>

  /// An open condition that nobody waits for.
  ///
  /// - Parameters:
  ///   - label: tells it from others in reports; without one they say where it was made.
  ///   - file: where it was made, for reports.
  ///   - line: where it was made, for reports.
  public init(
    label: StaticString? = nil, file: StaticString = #fileID, line: UInt32 = #line
  ) {
    state = Reference(holding: State(subject: Subject(label, file, line)))
  }

  // SAFETY: the state does not move, and outlives everybody who waits in it.
  var queue: Reference<WaitQueue> { unsafe Reference(&state.it.waiters) }

  deinit {
    state.dispose()
  }

  /// Waits for a signal.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - lock: given up meanwhile, and held again on return, also when this throws.
  ///   - deadline: when to stop waiting, if ever; one that has passed does not wait.
  /// - Throws: ``ResourceClosed``; ``DeadlineExceeded``; ``Cancelled``. A signal that came first
  ///   wins.
  public func wait(releasing lock: Lock? = nil, until deadline: Instant? = nil) throws {
    let (thread, scheduler) = currentThread(for: "wait")
    try throwIfCancelled(thread)
    if state.it.isClosed { throw closed }
    if let deadline, deadline <= scheduler.now {
      throw DeadlineExceeded(deadline: deadline)
    }
    lock?.unlock()
    defer { lock?.lock() }
    let reason = ParkReason("for condition", state.it.subject)
    let outcome = try GreenThreads.wait(
      in: queue, for: reason, until: deadline, by: thread, on: scheduler)
    if outcome == .closed { throw closed }
  }

  /// Waits for a signal for at most `timeout`; see ``wait(releasing:until:)``.
  ///
  /// Parks.
  ///
  /// - Throws: as there; ``InvalidArgument`` when `timeout` is negative.
  public func wait(releasing lock: Lock? = nil, within timeout: Duration) throws {
    try wait(releasing: lock, until: deadline(after: timeout))
  }

  /// Wakes the one that has waited longest, if there is one.
  ///
  /// Does not park.
  public func signal() {
    state.it.waiters.takeFirst()?.serve()
  }

  /// Wakes all that wait.
  ///
  /// Does not park.
  public func signalAll() {
    state.it.waiters.serveAll(.done)
  }

  /// Ends all waiting, now and later, with ``ResourceClosed``.
  ///
  /// Again: no effect. Does not park.
  public func close() {
    state.it.isClosed = true
    state.it.waiters.serveAll(.closed)
  }

  private var closed: ResourceClosed { ResourceClosed("condition \(state.it.subject.description)") }
}

@available(*, unavailable, message: "a condition stays on its scheduler's OS thread")
extension Condition: Sendable {}
