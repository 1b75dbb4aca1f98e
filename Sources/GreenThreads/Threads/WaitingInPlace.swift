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
    outside.source.hasWaiters && !hasErrands && !outside.inbox.hasWork && it.root != nil
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
