// What happens when a green thread's body has ended.

/// How a body ended, as far as its scope is concerned.
enum Outcome {
  case success
  /// It threw, and that changes nothing for its scope.
  case failure(any Error)
  /// Its handle has cancelled it, and it has no value: only who waits for it is told.
  case cancelledByHandle(any Error)
  /// It threw first, so the scope's other green threads are to be cancelled.
  case firstFailure(any Error)
}

/// Tells the scope of `thread` what its body threw.
///
/// Runs on the green thread itself, because the user's closure may do anything, also park.
func handOver(_ error: any Error, of thread: ThreadReference) -> Outcome {
  let scope = thread.it.home
  if let cancelled = error as? Cancelled, isToldOf(cancelled, thread) {
    noteCutShort(cancelled, of: thread)
    // A server that ends connections by their handles must not pile their records up.
    if thread.it.keepsNothing && scope.it.onFailure.isIsolated { return .success }
    let isByHandle = thread.it.keepsNothing && cancelled.cause == thread.it.ownCancellation
    return isByHandle ? .cancelledByHandle(error) : .failure(error)
  }
  switch scope.it.onFailure {
  case .isolated(let handle):
    handle(error)
    return thread.it.keepsNothing ? .success : .failure(error)
  case .first(let further):
    guard let first = scope.it.failure else {
      scope.it.failure = error
      return .firstFailure(error)
    }
    // What it got from a join with a sibling and let pass is not a second one.
    if !isSameBox(first, error) { further?(error) }
    return .failure(error)
  }
}

/// Whether `cancelled` is what `thread` has been told to end with, and so no failure.
///
/// That of its own handle also when something further out has been cancelled since, while it
/// unwound: what was thrown then names the first cause.
func isToldOf(_ cancelled: Cancelled, _ thread: ThreadReference) -> Bool {
  cancelled.cause != 0
    && (cancelled.cause == thread.it.cancelledBy || cancelled.cause == thread.it.ownCancellation)
}

/// A child that a cancellation from outside its scope has ended makes the scope itself end so; one
/// that its handle or its own scope has cancelled does not.
func noteCutShort(_ cancelled: Cancelled, of thread: ThreadReference) {
  let scope = thread.it.home
  if cancelled.cause != thread.it.ownCancellation && cancelled.cause != scope.it.serial {
    scope.it.cutShort = cancelled
  }
}

/// Ends `thread`: wakes who waits for it, and keeps its outcome or frees its record.
func finish(_ thread: ThreadReference, _ outcome: Outcome, on scheduler: SchedulerReference) {
  let home = thread.it.home
  let joiner = thread.it.joiner
  if scheduler.it.trace != nil { scheduler.trace(.end, of: thread) }
  scheduler.it.timers.remove(thread)
  // Voids the ticket that nobody has used: there is no green thread to wake any more.
  thread.it.epoch &+= 2
  thread.unlink(from: &home.it.firstChild)
  home.it.liveChildren &-= 1
  scheduler.it.liveThreads &-= 1
  var cancelsHome = false
  var isKept = !thread.it.keepsNothing
  switch outcome {
  case .success: break
  case .failure(let error):
    thread.it.failure = error
    isKept = true
  case .cancelledByHandle(let error):
    isKept = joiner?.isGood ?? false
    if isKept { thread.it.failure = error }
  case .firstFailure(let error):
    thread.it.failure = error
    isKept = true
    cancelsHome = true
  }
  if isKept {
    // Its joiner stays until it has taken the outcome: who asks in between is second.
    thread.it.phase = .finished
    thread.link(asFirst: &home.it.firstFinished)
  } else {
    thread.it.joiner = nil
    scheduler.freeThread(thread)
  }
  // The joiner first: it is to see this outcome, and not the cancellation that follows from it.
  if let joiner {
    if joiner.wake() {
      unsafe joiner.thread.it.next = thread
    } else if isKept {
      // Its wait has been cut short, so nobody takes this.
      thread.it.joiner = nil
    }
  }
  if cancelsHome { scheduler.cancel(home, by: home.it.serial) }
  if home.it.isLimited { home.it.admission?.leave(home) }
  if home.it.liveChildren == 0, let closer = home.it.closer { closer.wake() }
}

/// Waits for `target` to end.
///
/// Where its result lies, if it has one: the caller takes it at once, before anything else can run
/// and reuse the record, which is free already.
func awaitOutcome(
  of target: UncheckedThread, serial: UInt64, until deadline: Instant?
) throws -> Payload? {
  let (thread, scheduler) = currentThread(for: "join")
  try throwIfCancelled(thread)
  // One of a scheduler that has ended: its record may be another OS thread's by now.
  guard scheduler.hasGivenOut(serial), let target = target.record(numbered: serial) else {
    return nil
  }
  try requireNoJoiner(of: target)
  if target.it.phase != .finished {
    try awaitEnd(of: target, serial: serial, by: thread, until: deadline, on: scheduler)
  }
  let hasResult = try takeOutcome(of: target, serial: serial, on: scheduler)
  return hasResult ? UncheckedThread(target).payload : nil
}

/// True when the result of `target`, which has ended, lies in its payload.
@inline(__always)
func takeOutcome(
  of target: ThreadReference, serial: UInt64, on scheduler: SchedulerReference
) throws -> Bool {
  guard target.it.serial == serial else { return false }
  if let failure = target.it.failure {
    target.it.failure = nil
    // The record of a failed one stays until its scope ends, so that a second join can tell; that
    // of one whose handle was used does not, for there may be millions in a scope that goes on.
    let isByHandle = target.it.ownCancellation != 0 && failure is Cancelled
    if !target.it.keepsNothing || isByHandle { release(target, on: scheduler) }
    throw failure
  }
  if target.it.keepsNothing {
    throw ResourceClosed("the handle of a green thread whose error has been taken")
  }
  release(target, on: scheduler)
  return true
}

@inline(__always)
private func release(_ thread: ThreadReference, on scheduler: SchedulerReference) {
  thread.unlink(from: &thread.it.home.it.firstFinished)
  scheduler.freeThread(thread)
}

/// Refuses when somebody waits for `target`, or has been woken and takes its outcome next.
///
/// One whose wait has been cut short, and who has not run since, is not in the way.
@inline(__always)
func requireNoJoiner(of target: ThreadReference) throws {
  guard let joiner = target.it.joiner else { return }
  if joiner.isGood || target.it.phase == .finished { throw busy(target, joiner) }
}

@inline(never)
private func busy(_ target: ThreadReference, _ joiner: WakeTicket) -> ResourceBusy {
  let holder = unsafe joiner.thread.it.displayName
  return ResourceBusy("the handle of green thread \(target.it.displayName)", holder: holder)
}

private func awaitEnd(
  of target: ThreadReference, serial: UInt64, by thread: ThreadReference, until deadline: Instant?,
  on scheduler: SchedulerReference
) throws {
  if target == thread { throw InvalidArgument("a green thread cannot join itself") }
  if let deadline, deadline <= scheduler.now {
    throw DeadlineExceeded(deadline: deadline)
  }
  let ticket = WakeTicket(for: thread)
  target.it.joiner = ticket
  defer {
    if target.it.serial == serial, target.it.joiner == ticket { target.it.joiner = nil }
  }
  let reason = ParkReason("to join green thread", Int64(scheduler.visible(serial)))
  let cause = try GreenThread.park(ticket, for: reason, until: deadline)
  if cause == .deadline, let deadline { throw DeadlineExceeded(deadline: deadline) }
}

extension Reference where Record == SchedulerState {
  /// Destroys what the ended children of `scope` have left and nobody has taken.
  ///
  /// Whoever has been woken by an end takes its outcome first, and may come from outside the scope.
  func dropOutcomes(of scope: ScopeReference) {
    while let thread = scope.it.firstFinished {
      if thread.it.joiner != nil {
        yieldNow()
        continue
      }
      // Destructors run here and may do anything: what is being destroyed is out of the list, and
      // cannot be joined any more.
      scope.it.firstFinished = thread.it.nextSibling
      thread.it.nextSibling?.it.previousSibling = nil
      let failure = thread.it.failure
      let hasResult = failure == nil && !thread.it.keepsNothing
      thread.it.failure = nil
      // As if the record were free already: to its handle the result is gone.
      thread.it.serial = 0
      if hasResult { _ = thread.launch(.dropResult) }
      freeThread(thread)
      // Its destructor too, after all else.
      _ = consume failure
    }
  }
}
