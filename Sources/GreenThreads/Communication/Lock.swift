/// Keeps green threads apart where one of them parks in the middle of something.
///
/// Between two parks nobody else runs, so code that does not park needs no lock. Who waits is
/// served first come, first served: ``unlock()`` hands the lock to the first, and nobody overtakes.
/// Not re-entrant: taking it twice would wait for oneself, and traps.
///
/// Taking a lock is no cancellation point and throws nothing, so that a clean-up can rely on it.
public final class Lock {
  private struct State {
    /// The serial of the green thread that holds it; 0 for nobody.
    var holder: UInt64 = 0
    var waiters = WaitQueue()
    let subject: Subject
  }

  private let state: Reference<State>

  /// A lock that nobody holds.
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

  /// Whether some green thread holds it.
  public var isLocked: Bool { state.it.holder != 0 }

  /// Takes the lock, and waits until it is free.
  ///
  /// Parks.
  public func lock() {
    let (thread, scheduler) = currentThread(for: "lock")
    if state.it.holder == 0 {
      state.it.holder = thread.it.serial
    } else {
      wait(nil, thread, scheduler)
    }
  }

  /// Takes the lock if nobody holds it.
  ///
  /// Does not park.
  ///
  /// - Returns: whether the caller now holds it.
  public func tryLock() -> Bool {
    let (thread, _) = currentThread(for: "tryLock")
    guard state.it.holder == 0 else { return false }
    state.it.holder = thread.it.serial
    return true
  }

  /// Takes the lock, and waits for at most `timeout`; zero asks without waiting.
  ///
  /// Parks.
  ///
  /// - Throws: ``DeadlineExceeded`` when it has not been free by then; ``InvalidArgument`` when
  ///   `timeout` is negative. Never ``Cancelled``.
  public func lock(within timeout: Duration) throws {
    let (thread, scheduler) = currentThread(for: "lock")
    let deadline = try deadline(after: timeout)
    if state.it.holder == 0 {
      state.it.holder = thread.it.serial
    } else if deadline <= scheduler.now || !wait(deadline, thread, scheduler) {
      throw DeadlineExceeded(deadline: deadline)
    }
  }

  /// Gives the lock up; the first that waits for it then holds it.
  ///
  /// Traps when the caller does not hold it. Does not park.
  public func unlock() {
    let (thread, _) = currentThread(for: "unlock")
    guard state.it.holder == thread.it.serial else { refuseToUnlock() }
    if state.it.waiters.isEmpty { state.it.holder = 0 } else { handOver() }
  }

  /// Runs `body` with the lock.
  ///
  /// Parks, until it has the lock and where `body` does.
  @inlinable
  public func withLock<Value: ~Copyable, Failure>(
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    lock()
    defer { unlock() }
    return try body()
  }

  /// True when the caller has been handed the lock.
  @inline(never)
  @discardableResult
  private func wait(
    _ deadline: Instant?, _ thread: ThreadReference, _ scheduler: SchedulerReference
  ) -> Bool {
    if state.it.holder == thread.it.serial { refuseToLockAgain() }
    requireNoTask("lock", on: scheduler)
    let reason = ParkReason("for lock", state.it.subject)
    var waiter = Waiter()
    return unsafe withUnsafeMutablePointer(to: &waiter) { address in
      // SAFETY: the waiter leaves the queue before this frame ends: served, or removed below.
      let waiter = unsafe WaiterReference(address)
      state.it.waiters.append(waiter)
      unsafe thread.it.holder = Reference(&state.it.holder)
      park(
        thread, on: waiter, for: reason, until: deadline ?? .distantFuture, isCancellable: false,
        on: scheduler)
      thread.it.holder = nil
      state.it.waiters.remove(waiter)
      return waiter.it.outcome == .done
    }
  }

  @inline(never)
  private func handOver() {
    guard let first = state.it.waiters.takeFirst(), let ticket = first.it.ticket else {
      state.it.holder = 0
      return
    }
    state.it.holder = unsafe ticket.thread.it.serial
    first.serve()
  }

  @inline(never)
  private func refuseToLockAgain() -> Never {
    fatalError(
      """
      lock \(state.it.subject.description) was taken by the green thread that holds it: it is not \
      re-entrant. Unlock it first.
      """)
  }

  @inline(never)
  private func refuseToUnlock() -> Never {
    fatalError(
      """
      lock \(state.it.subject.description) was unlocked by a green thread that does not hold it. \
      Unlock it where it was locked, once: `withLock` does.
      """)
  }
}

@available(*, unavailable, message: "a lock stays on its scheduler's OS thread")
extension Lock: Sendable {}
