extension GreenThread {
  /// Parks for at least `duration`.
  ///
  /// Parks.
  ///
  /// Zero is a ``yield()`` that succeeds; a negative duration returns at once. Both throw when
  /// already cancelled, as every waiting operation does.
  ///
  /// - Throws: ``Cancelled``.
  public static func sleep(for duration: Duration) throws {
    let (thread, scheduler) = currentThread(for: "sleep")
    guard duration > .zero else {
      try throwIfCancelled(thread)
      if duration == .zero { yield() }
      return
    }
    try sleep(thread, until: scheduler.now.advanced(by: duration), on: scheduler)
  }

  /// Parks until `deadline`, and returns at once when it has passed.
  ///
  /// Parks.
  ///
  /// - Throws: ``Cancelled``.
  public static func sleep(until deadline: Instant) throws {
    let (thread, scheduler) = currentThread(for: "sleep")
    if deadline <= scheduler.now { return try throwIfCancelled(thread) }
    try sleep(thread, until: deadline, on: scheduler)
  }

  private static func sleep(
    _ thread: ThreadReference, until deadline: Instant, on scheduler: SchedulerReference
  ) throws {
    requireNoTask("sleep", on: scheduler)
    try throwIfCancelled(thread)
    thread.it.epoch &+= 1
    setDeadline(deadline, of: thread, on: scheduler)
    thread.it.isCancellable = true
    parkNow(thread, for: .sleeping, on: scheduler)
    thread.it.isCancellable = false
    thread.it.parkDeadline = .distantFuture
    if thread.it.cause == .cancelled { throw Cancelled(thread) }
  }
}
