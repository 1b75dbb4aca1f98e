/// Why a parked green thread runs again.
public enum WakeCause: UInt8, Sendable {
  /// What it waited for has happened.
  case ready
  /// Its own deadline has come.
  case deadline
  /// What it does has been cancelled.
  case cancelled
  /// What it waited for has been closed.
  case closed
}

/// Names one park of one green thread, for whoever will wake it.
///
/// Taken before the park and good for one wake: the first cause wins, later ones and those for an
/// earlier park are dropped. A wake that comes before the park is kept, and the park returns at
/// once. Use it on its scheduler's OS thread; from others, go through ``RemoteHandle/wake(_:_:)``.
@safe
public struct WakeTicket: Sendable, Equatable {
  // SAFETY: other OS threads only carry the ticket; the record is touched on its own.
  nonisolated(unsafe) let thread: ThreadReference
  let epoch: UInt64

  /// Takes a ticket for the calling green thread's next park.
  ///
  /// Earlier tickets are void.
  public init() {
    let (thread, _) = currentThread(for: "WakeTicket()")
    self.init(for: thread)
  }

  // By two, where a use counts by one: so a park can tell a ticket that was used from one that
  // another has voided.
  @inline(__always)
  init(for thread: ThreadReference) {
    thread.it.epoch &+= 2
    unsafe self.thread = thread
    epoch = thread.it.epoch
  }

  /// The ticket of the park that `thread` is in.
  @inline(__always)
  init(parked thread: ThreadReference) {
    unsafe self.thread = thread
    epoch = thread.it.epoch
  }

  /// Makes its green thread runnable, at the tail of the queue.
  ///
  /// Traps on any OS thread but its scheduler's own, while it is good.
  ///
  /// ``WakeCause/cancelled`` is the scheduler's own: from anybody else the park throws a
  /// ``Cancelled`` that no cancellation stands behind, and that counts as a failure.
  ///
  /// - Returns: false when the ticket was no longer good, and nothing happened.
  @discardableResult
  public func wake(_ cause: WakeCause = .ready) -> Bool {
    guard unsafe thread.epochNow == epoch else {
      // The record's scheduler may be another one by now, on another OS thread.
      currentScheduler()?.it.counters.staleWakes &+= 1
      return false
    }
    if unsafe currentScheduler() != thread.it.scheduler { requireEnded() }
    use(cause)
    return true
  }

  /// Traps if somebody may wait for the ticket, on another OS thread.
  @inline(never)
  private func requireEnded() {
    let phase = unsafe thread.it.phase
    if phase == .free || phase == .finished { return }
    fatalError(
      """
      a ticket was woken on an OS thread that is not its scheduler's, where that would corrupt the \
      run queue: wake it through a `RemoteHandle` of its own scheduler
      """)
  }

  /// What ``wake(_:)`` does with a ticket that is good.
  @inline(__always)
  func use(_ cause: WakeCause) {
    let thread = unsafe thread
    let scheduler = thread.it.scheduler
    thread.it.epoch &+= 1
    thread.it.cause = cause
    if cause == .closed { scheduler.it.counters.closeWakes &+= 1 }
    if thread.it.phase == .parked { scheduler.enqueue(thread) }
    // Last, so that who serves a waiter need not come back from here.
    if scheduler.it.trace != nil { scheduler.trace(.wake, of: thread) }
  }

  /// Traps unless it has been used, and nothing has happened to its green thread since.
  @inline(never)
  func requireUsed() {
    guard unsafe thread.it.epoch == epoch &+ 1 else {
      fatalError(
        """
        `park` was given a ticket that another ticket or wait has voided, so no wake can come: \
        take the ticket after the last wait before the park
        """)
    }
  }

  /// Asks for the stack behind what a switch asks for: the frames that return one after the other
  /// when its green thread runs.
  ///
  /// For wakes that come by the hundred from outside, whose stacks have long left the caches.
  @inline(__always)
  package func prefetchFrames() {
    unsafe thread.prefetchFrames()
  }

  /// Whether nobody has used it yet, and its green thread still waits for it.
  @inline(__always)
  var isGood: Bool { unsafe thread.it.epoch == epoch }

  /// Whose ticket it is, as reports name green threads: `7 "server"`.
  public var holder: String {
    unsafe thread.it.displayName
  }

  /// The same ticket.
  public static func == (left: Self, right: Self) -> Bool {
    unsafe left.thread == right.thread && left.epoch == right.epoch
  }
}
