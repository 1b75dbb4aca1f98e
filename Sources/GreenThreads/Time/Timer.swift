/// Lets the park that `thread` is about to begin end at `deadline`.
@inline(__always)
func setDeadline(
  _ deadline: Instant, of thread: ThreadReference, on scheduler: SchedulerReference
) {
  thread.it.parkDeadline = deadline
  scheduler.orderNextTimer(of: thread)
  // Otherwise the scopes around have an entry that is early enough, and keep their place by it.
  if deadline < thread.it.enclosingDeadline { scheduler.it.timers.look(at: thread, by: deadline) }
}

extension Reference where Record == SchedulerState {
  /// The deadline that `thread` sets next comes after all equal ones that have been set.
  @inline(__always)
  func orderNextTimer(of thread: ThreadReference) {
    it.nextTimerSequence &+= 1
    thread.it.parkSequence = it.nextTimerSequence
  }

  /// Does what is due for `thread`, whose entry has come to the top, and corrects the entry.
  func fireTimer(of thread: ThreadReference, at now: Instant) {
    it.counters.timersFired &+= 1
    if it.trace != nil { trace(.timer, of: thread) }
    if thread.it.enclosingDeadline <= now { expireEnclosing(of: thread, at: now) }
    if thread.it.parkDeadline <= now {
      thread.it.parkDeadline = .distantFuture
      wakeParked(thread, .deadline)
    }
    let next = thread.it.nextDeadline
    if next == .distantFuture {
      it.timers.remove(thread)
    } else {
      let isEnclosing = next == thread.it.enclosingDeadline
      let sequence = isEnclosing ? enclosingSequence(of: thread) : thread.it.parkSequence
      it.timers.postpone(thread, to: next, sequence)
    }
  }

  /// Cancels the scopes of `thread` whose deadlines have come, the outermost first: whoever catches
  /// an inner deadline and tries again must still see the outer one.
  private func expireEnclosing(of thread: ThreadReference, at now: Instant) {
    while let scope = outermostOverdue(of: thread, at: now) {
      scope.it.deadline = .distantFuture
      cancel(scope, by: scope.it.serial)
    }
    thread.it.enclosingDeadline = earliestEnclosing(of: thread)
  }

  private func outermostOverdue(of thread: ThreadReference, at now: Instant) -> ScopeReference? {
    var outermost: ScopeReference?
    var scope = thread.it.innermost
    while scope != thread.it.home, let parent = scope.it.parent {
      if scope.it.deadline <= now { outermost = scope }
      scope = parent
    }
    return outermost
  }

  /// That of the earliest deadline of the scopes that `thread` has entered itself, which was set
  /// before those of its parks inside.
  private func enclosingSequence(of thread: ThreadReference) -> UInt64 {
    var sequence = thread.it.parkSequence
    var scope = thread.it.innermost
    while scope != thread.it.home, let parent = scope.it.parent {
      if scope.it.deadline == thread.it.enclosingDeadline { sequence = scope.it.deadlineSequence }
      scope = parent
    }
    return sequence
  }

  /// The earliest deadline of the scopes that `thread` has entered itself.
  func earliestEnclosing(of thread: ThreadReference) -> Instant {
    var earliest = Instant.distantFuture
    var scope = thread.it.innermost
    while scope != thread.it.home, let parent = scope.it.parent {
      earliest = min(earliest, scope.it.deadline)
      scope = parent
    }
    return earliest
  }
}
