/// Lets a limited number of green threads into something at a time.
///
/// Who waits is served first come, first served: a permit that is released goes to the first, and
/// nobody overtakes.
public final class Semaphore {
  private struct State {
    var permits: Int
    var waiters = WaitQueue()
    let subject: Subject
  }

  private let state: Reference<State>

  /// A semaphore with so many permits.
  ///
  /// - Parameters:
  ///   - permits: zero or more; traps below.
  ///   - label: tells it from others in reports; without one they say where it was made.
  ///   - file: where it was made, for reports.
  ///   - line: where it was made, for reports.
  public init(
    permits: Int, label: StaticString? = nil, file: StaticString = #fileID, line: UInt32 = #line
  ) {
    if permits < 0 { fatalError("a semaphore with \(permits) permits: give zero or more") }
    state = Reference(holding: State(permits: permits, subject: Subject(label, file, line)))
  }

  // SAFETY: the state does not move, and outlives everybody who waits in it.
  var queue: Reference<WaitQueue> { unsafe Reference(&state.it.waiters) }

  deinit {
    state.dispose()
  }

  /// How many permits can be acquired without waiting.
  public var permits: Int { state.it.permits }

  /// Takes a permit, and waits until there is one.
  ///
  /// Parks.
  ///
  /// - Throws: ``Cancelled``, also when there is a permit.
  public func acquire() throws {
    try acquire(until: nil)
  }

  /// Takes a permit, and waits for at most `timeout`; zero asks without waiting.
  ///
  /// Parks.
  ///
  /// - Throws: ``DeadlineExceeded`` when there was none by then; ``Cancelled``;
  ///   ``InvalidArgument`` when `timeout` is negative.
  public func acquire(within timeout: Duration) throws {
    try acquire(until: deadline(after: timeout))
  }

  private func acquire(until deadline: Instant?) throws {
    let (thread, scheduler) = currentThread(for: "acquire")
    try throwIfCancelled(thread)
    if permits > 0 {
      state.it.permits -= 1
      return
    }
    let reason = ParkReason("for a permit of semaphore", state.it.subject)
    _ = try wait(in: queue, for: reason, until: deadline, by: thread, on: scheduler)
  }

  /// Takes a permit if there is one.
  ///
  /// Does not park.
  ///
  /// - Returns: whether the caller has one.
  public func tryAcquire() -> Bool {
    guard permits > 0 else { return false }
    state.it.permits -= 1
    return true
  }

  /// Gives a permit back, or adds one.
  ///
  /// The first that waits has it then. Does not park.
  public func release() {
    if let first = state.it.waiters.takeFirst() { first.serve() } else { state.it.permits += 1 }
  }

  /// Runs `body` with a permit.
  ///
  /// Parks, until it has the permit and where `body` does.
  ///
  /// - Throws: ``Cancelled``; what `body` throws.
  @inlinable
  public func withPermit<Value: ~Copyable>(_ body: () throws -> Value) throws -> Value {
    try acquire()
    defer { release() }
    return try body()
  }
}

@available(*, unavailable, message: "a semaphore stays on its scheduler's OS thread")
extension Semaphore: Sendable {}
