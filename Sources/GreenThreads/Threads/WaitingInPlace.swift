// What the loop does while nobody can run, without leaving the stack of who parked last: one who
// waits alone, again and again, is spared two switches and what the processor forgets by them.

// SAFETY: the scheduler's outside lives as long as it; a frame's address is only kept while the
// frame is there, and compared with the bounds of the stack it lies on.
internal import CGreenThreads

/// Waits, on the stack of `thread`, which has parked, until somebody can run, and lets that one.
///
/// Returns when `thread` is to run again. Without a detour, and where nothing but the event source
/// can bring something; all else is the loop's.
@inline(never)
func waitInPlace(_ thread: ThreadReference, on scheduler: SchedulerReference) {
  let isNext = unsafe scheduler.it.outside._withUnsafeGuaranteedRef {
    scheduler.waitInPlace(of: thread, for: $0)
  }
  if isNext { return }
  switchStacks(from: thread, to: scheduler.nextRunnable() ?? scheduler.it.loop, on: scheduler)
}

extension GreenThread {
  /// Whether nobody could run but the caller, if it parked now, so that it would wait right here;
  /// and has so much stack for it beyond what the event source needs.
  package static func wouldWaitInPlace(room: Int) -> Bool {
    let (thread, scheduler) = currentThread(for: "waiting")
    guard scheduler.it.waitsInPlace, scheduler.it.queue.isEmpty, thread.it.cancelledBy == 0,
      unsafe cgreenthreads_current_task() == scheduler.it.surroundingTask,
      roomBelowCaller(on: thread) >= stackOfFrugalSources + room
    else { return false }
    return unsafe scheduler.it.outside._withUnsafeGuaranteedRef { scheduler.isSpared(by: $0) }
  }

  /// Has the caller count as parked while `wait` waits for something of the caller's own, or for
  /// the event source to have something, or as long as it is told.
  ///
  /// Only where ``wouldWaitInPlace(room:)`` says so. Wakes nobody: who has not got what he waited
  /// for parks afterwards. Not called where there is something else to do first.
  ///
  /// - Parameters:
  ///   - reason: what a report says about this green thread meanwhile.
  ///   - deadline: when to stop waiting, beside the deadlines of the scopes around.
  ///   - wait: does it, on the caller's stack, where nothing can park.
  package static func countAsParked(
    for reason: ParkReason, until deadline: Instant, _ wait: (Patience) -> Void
  ) {
    let (thread, scheduler) = currentThread(for: "waiting")
    beginPark(of: thread, for: reason, on: scheduler)
    if scheduler.it.trace != nil { scheduler.trace(.park, of: thread) }
    scheduler.it.current = nil
    scheduler.it.host = thread
    unsafe scheduler.it.hostFrame = cgreenthreads_frame()
    let end = min(deadline, thread.it.nextDeadline)
    unsafe scheduler.it.outside._withUnsafeGuaranteedRef { outside in
      let patience = scheduler.patience(with: outside.source).limited(to: end)
      if patience != .none { wait(patience) }
      scheduler.it.lastTime = max(scheduler.it.lastTime, outside.source.recently)
    }
    scheduler.it.host = nil
    scheduler.it.current = thread
    scheduler.it.busyTurns &+= 1
    if scheduler.it.trace != nil { scheduler.trace(.wake, of: thread) }
    thread.it.phase = .active
  }
}

extension Patience {
  fileprivate func limited(to end: Instant) -> Patience {
    if end == .distantFuture { return self }
    return switch self {
    case .none: .none
    case .until(let deadline): .until(min(deadline, end))
    case .forever: .until(end)
    }
  }
}

extension Reference where Record == SchedulerState {
  /// - Returns: whether `thread` is next, and has not been switched away from.
  @inline(__always)
  fileprivate func waitInPlace(of thread: ThreadReference, for outside: Outside) -> Bool {
    while onlyNeedsEvents(from: outside), roomBelowCaller(on: thread) >= stackOfFrugalSources {
      it.current = nil
      it.host = thread
      unsafe it.hostFrame = cgreenthreads_frame()
      takeEventsIn(from: outside.source)
      it.host = nil
      beginTurn()
      guard let next = it.queue.first else { continue }
      it.busyTurns &+= 1
      guard next == thread else { return false }
      it.queue.removeFirst()
      it.current = thread
      return true
    }
    return false
  }

  /// Whether the loop, if it had its turn now, would do nothing but wait for the event source.
  @inline(__always)
  private func onlyNeedsEvents(from outside: Outside) -> Bool {
    // The root is gone when the body of `run` is about to end, and the loop with it.
    outside.source.hasWaiters && isSpared(by: outside)
  }

  /// Whether the loop has nothing to do but to wait.
  @inline(__always)
  fileprivate func isSpared(by outside: Outside) -> Bool {
    !hasErrands && !outside.inbox.hasWork && it.root != nil
  }
}

/// How many bytes of the stack of `thread`, which the caller is on, lie between the caller's frame
/// and the guard.
@inline(__always)
func roomBelowCaller(on thread: ThreadReference) -> Int {
  guard let frame = unsafe cgreenthreads_frame(), let bottom = unsafe thread.it.label.stack else {
    return 0
  }
  return unsafe frame - bottom - StackClass.guardSize
}

/// What an event source may use that says it needs little.
private let stackOfFrugalSources = 16 << 10
