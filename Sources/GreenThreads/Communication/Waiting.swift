// How everything in this folder parks: a waiter is put into a queue, and the switch is the last
// call, so that it returns to the caller's own frame. Whoever called then reads the outcome.

/// Parks `thread` on a waiter that stands in a queue; the caller has seen that no task runs here.
@inline(__always)
func park(
  _ thread: ThreadReference, on waiter: WaiterReference, for reason: ParkReason,
  on scheduler: SchedulerReference
) {
  waiter.it.ticket = WakeTicket(for: thread)
  thread.it.isCancellable = true
  if thread.it.enclosingDeadline != .distantFuture {
    return parkTimed(thread, for: reason, on: scheduler)
  }
  beginPark(of: thread, for: reason, on: scheduler)
  if scheduler.it.trace != nil { return parkRecorded(thread, on: scheduler) }
  switchAway(from: thread, on: scheduler)
}

/// The same while events are recorded: a call of its own, so that the way without has none.
@inline(never)
private func parkRecorded(_ thread: ThreadReference, on scheduler: SchedulerReference) {
  scheduler.trace(.park, of: thread)
  switchAway(from: thread, on: scheduler)
}

/// The same when the deadline of a scope may end it.
@inline(never)
private func parkTimed(
  _ thread: ThreadReference, for reason: ParkReason, on scheduler: SchedulerReference
) {
  parkNow(thread, for: reason, on: scheduler)
}

/// The same with a deadline of its own.
@inline(never)
func park(
  _ thread: ThreadReference, on waiter: WaiterReference, for reason: ParkReason,
  until deadline: Instant, isCancellable: Bool, on scheduler: SchedulerReference
) {
  requireNoTask("a wait", on: scheduler)
  waiter.it.ticket = WakeTicket(for: thread)
  thread.it.isCancellable = isCancellable
  setDeadline(deadline, of: thread, on: scheduler)
  parkNow(thread, for: reason, on: scheduler)
  thread.it.parkDeadline = .distantFuture
}

/// What must be thrown for a wait that nobody has served; its waiter is out of the queue.
@usableFromInline
@inline(never)
func failure(_ outcome: WaitOutcome, until deadline: Instant?) -> any Error {
  let (thread, _) = currentThread(for: "a wait")
  let isLate = outcome == .waiting && thread.it.cause == .deadline
  if let deadline, isLate || outcome == .expired { return DeadlineExceeded(deadline: deadline) }
  return Cancelled(thread)
}

/// When a wait of at most `timeout` ends.
///
/// - Throws: ``InvalidArgument`` when `timeout` is negative.
@usableFromInline
func deadline(after timeout: Duration) throws -> Instant {
  guard timeout >= .zero else { throw InvalidArgument("a timeout of \(timeout)") }
  return .now.advanced(by: timeout)
}

/// Waits in `queue` until somebody serves the caller; for what hands over no value.
///
/// The caller has checked for cancellation.
func wait(
  in queue: Reference<WaitQueue>, for reason: ParkReason, until deadline: Instant?,
  by thread: ThreadReference, on scheduler: SchedulerReference
) throws -> WaitOutcome {
  if let deadline, deadline <= scheduler.now {
    throw DeadlineExceeded(deadline: deadline)
  }
  var waiter = Waiter()
  return try unsafe withUnsafeMutablePointer(to: &waiter) { address throws -> WaitOutcome in
    // SAFETY: the waiter leaves the queue before this frame ends: served, or removed below.
    let waiter = unsafe WaiterReference(address)
    requireNoTask("a wait", on: scheduler)
    queue.it.append(waiter)
    if let deadline {
      park(thread, on: waiter, for: reason, until: deadline, isCancellable: true, on: scheduler)
    } else {
      park(thread, on: waiter, for: reason, on: scheduler)
    }
    if waiter.it.outcome != .waiting { return waiter.it.outcome }
    queue.it.remove(waiter)
    throw failure(.waiting, until: deadline)
  }
}
