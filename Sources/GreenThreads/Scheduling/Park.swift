extension GreenThread {
  /// Stops the calling green thread until its ticket is used, a deadline comes, or it is cancelled.
  ///
  /// The base of everything that waits: take a ticket, leave it where the wake will come from,
  /// park. Parks. On return the ticket is void, whoever still holds it. Traps when it was void
  /// before: another ticket, or a wait of any kind, lay between it and this park.
  ///
  /// - Parameters:
  ///   - ticket: one that this green thread has taken; if it has been used already, `park` returns
  ///     at once.
  ///   - reason: what a report says about this green thread meanwhile.
  ///   - deadline: when to stop waiting, if ever.
  /// - Returns: ``WakeCause/deadline``, or the cause that the waker gave.
  /// - Throws: ``Cancelled``, also when it was cancelled before; a wake that came first wins.
  @discardableResult
  public static func park(
    _ ticket: WakeTicket, for reason: ParkReason, until deadline: Instant? = nil
  ) throws -> WakeCause {
    let (thread, scheduler) = currentThread(for: "park")
    requireNoTask("park", on: scheduler)
    if unsafe ticket.thread != thread { refuseTicketOfAnother() }
    if thread.it.epoch == ticket.epoch {
      if thread.it.cancelledBy != 0 {
        thread.it.epoch &+= 1
        thread.it.cause = .cancelled
        throw Cancelled(thread)
      }
      thread.it.isCancellable = true
      if let deadline { setDeadline(deadline, of: thread, on: scheduler) }
      parkNow(thread, for: reason, on: scheduler)
      thread.it.isCancellable = false
      if deadline != nil { thread.it.parkDeadline = .distantFuture }
    } else {
      ticket.requireUsed()
    }
    if thread.it.cause == .cancelled { throw Cancelled(thread) }
    return thread.it.cause
  }

  /// Like ``park(_:for:until:)``, and no cancellation point: for locks and for waits that must see
  /// their end.
  @discardableResult
  public static func parkThroughCancellation(
    _ ticket: WakeTicket, for reason: ParkReason
  ) -> WakeCause {
    let (thread, scheduler) = currentThread(for: "parkThroughCancellation")
    requireNoTask("parkThroughCancellation", on: scheduler)
    if unsafe ticket.thread != thread { refuseTicketOfAnother() }
    if thread.it.epoch == ticket.epoch {
      thread.it.isCancellable = false
      parkNow(thread, for: reason, on: scheduler)
    } else {
      ticket.requireUsed()
    }
    return thread.it.cause
  }

  /// Parks on a ticket that is taken here, and lies in `place` meanwhile for who will use it.
  ///
  /// What ``WakeTicket/init()`` and ``park(_:for:until:)`` do, with one look at who calls.
  ///
  /// - Parameters:
  ///   - place: outlives the park, and is nil again afterwards.
  ///   - text: what a report says about this green thread meanwhile.
  ///   - number: what belongs behind the text.
  /// - Returns: the cause that the waker gave.
  /// - Throws: ``Cancelled``, also when it was cancelled before.
  package static func park(
    in place: UnsafeMutablePointer<WakeTicket?>, for text: StaticString, _ number: Int64
  ) throws -> WakeCause {
    let (thread, scheduler) = currentThread(for: "park")
    requireNoTask("park", on: scheduler)
    try throwIfCancelled(thread)
    // SAFETY: whoever uses the ticket does so on this OS thread, before the park returns.
    unsafe place.pointee = WakeTicket(for: thread)
    thread.it.isCancellable = true
    parkNow(thread, for: ParkReason(text, number), on: scheduler)
    thread.it.isCancellable = false
    unsafe place.pointee = nil
    if thread.it.cause == .cancelled { throw Cancelled(thread) }
    return thread.it.cause
  }

  /// Lets every other runnable green thread run first.
  ///
  /// Neither throws nor is a cancellation point.
  @inlinable
  @inline(__always)
  public static func yield() {
    yieldNow()
  }
}

extension GreenThread {
  /// Asks the event source what has happened, without waiting, and then lets every other runnable
  /// green thread run first.
  ///
  /// For who has moved much without ever having to wait: those who wait for it, such as the other
  /// end of the same connection, would learn of it only after many switches.
  package static func yieldToEvents() {
    currentThread(for: "yield").scheduler.pollAtNextSwitch()
    yieldNow()
  }

  /// Lets others run first if there are any, for who yields often and is mostly alone; the event
  /// source comes no nearer then.
  package static func yieldToOthers() {
    if !currentThread(for: "yield").scheduler.it.queue.isEmpty { yieldNow() }
  }
}

/// Out of line, as what never happens.
@inline(never)
private func refuseTicketOfAnother() -> Never {
  fatalError("a green thread parks on a ticket of its own: take one with `WakeTicket()`")
}

/// A free function, so that there is nothing between the user's call and this one.
@usableFromInline
@inline(never)
func yieldNow() {
  let (thread, scheduler) = currentThread(for: "yield")
  scheduler.it.queue.append(thread)
  switchAwayByYielding(from: thread, on: scheduler)
}

/// Parks `thread`, which is the running one and whose ticket has not been used.
func parkNow(_ thread: ThreadReference, for reason: ParkReason, on scheduler: SchedulerReference) {
  beginPark(of: thread, for: reason, on: scheduler)
  if scheduler.it.trace != nil { scheduler.trace(.park, of: thread) }
  let isTimed = thread.it.nextDeadline != .distantFuture
  if isTimed { scheduler.it.timedParks &+= 1 }
  switchAway(from: thread, on: scheduler)
  if isTimed { scheduler.it.timedParks &-= 1 }
}

/// Notes that `thread`, the running one, is about to park; the caller records it, if need be.
@inline(__always)
func beginPark(
  of thread: ThreadReference, for reason: ParkReason, on scheduler: SchedulerReference
) {
  thread.it.reason = reason
  thread.it.phase = .parked
  thread.it.stoppedAt = scheduler.it.lastTime
}

/// Ends a park of `thread` that began before its ticket could be used, or its wait for the time to
/// begin: by deadline or cancellation.
func wakeParked(_ thread: ThreadReference, _ cause: WakeCause) {
  if thread.it.phase == .parked {
    WakeTicket(parked: thread).wake(cause)
  } else if thread.it.phase == .delayed {
    thread.it.scheduler.endDelay(of: thread, by: cause)
  }
}
