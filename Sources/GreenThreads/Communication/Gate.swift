/// Something to wait before until it is opened.
///
/// Those who wait when it opens all pass, also when it is closed again before they run.
public final class Gate {
  private struct State {
    var waiters = WaitQueue()
    var isOpen = false
    let subject: Subject
  }

  private let state: Reference<State>

  /// A closed gate.
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

  /// Whether green threads pass without waiting.
  public var isOpen: Bool { state.it.isOpen }

  /// Lets all that wait pass, and all that come.
  ///
  /// Does not park.
  public func open() {
    state.it.isOpen = true
    state.it.waiters.serveAll(.done)
  }

  /// Makes those who come wait.
  ///
  /// Does not park.
  public func close() {
    state.it.isOpen = false
  }

  /// Waits until the gate is open.
  ///
  /// Parks.
  ///
  /// - Throws: ``Cancelled``, also when it is open.
  public func pass() throws {
    try pass(until: nil)
  }

  /// Waits until the gate is open, for at most `timeout`; zero asks without waiting.
  ///
  /// Parks.
  ///
  /// - Throws: ``DeadlineExceeded`` when it was not opened by then; ``Cancelled``;
  ///   ``InvalidArgument`` when `timeout` is negative.
  public func pass(within timeout: Duration) throws {
    try pass(until: deadline(after: timeout))
  }

  private func pass(until deadline: Instant?) throws {
    let (thread, scheduler) = currentThread(for: "pass")
    try throwIfCancelled(thread)
    if isOpen { return }
    let reason = ParkReason("before gate", state.it.subject)
    _ = try wait(in: queue, for: reason, until: deadline, by: thread, on: scheduler)
  }
}

@available(*, unavailable, message: "a gate stays on its scheduler's OS thread")
extension Gate: Sendable {}
