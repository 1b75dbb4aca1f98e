// The one place where an OS thread leaves one stack for another.
//
//   public call                   user's frame, `yield()`, ...   each green thread's own
//   switchAway                    picks who is next, and jumps   none: it is part of its caller
//   cgreenthreads_switch_threads  swaps stacks and accesses
//
// Every frame between the user's call and the switch is a `ret` that runs after the switch. The
// processor predicts it from its stack of calls, which still holds the calls of the green thread
// that was left; it is right as long as both came through the same call sites. So there are as few
// frames as possible: `yield` jumps into the switch, which returns to the user's own frame; where
// the other one came through another call site it jumps there.
internal import CGreenThreads

/// The scheduler of the calling OS thread.
@inline(__always)
func currentScheduler() -> SchedulerReference? {
  guard let scheduler = unsafe cgreenthreads_current_scheduler() else { return nil }
  return unsafe SchedulerReference(scheduler.assumingMemoryBound(to: SchedulerState.self))
}

/// Whether `serial` is a number of the scheduler that runs on the calling OS thread.
///
/// If not, what had it has ended, and its record may be another OS thread's by now, who writes it:
/// it must not be looked at.
func isOfThisThread(_ serial: UInt64) -> Bool {
  currentScheduler()?.hasGivenOut(serial) ?? false
}

func setCurrentScheduler(_ scheduler: SchedulerReference?) {
  unsafe cgreenthreads_set_current_scheduler(scheduler?.pointer)
}

/// The green thread that calls, with a trap that says what to do when there is none.
@inline(__always)
func currentThread(
  for operation: StaticString
) -> (thread: ThreadReference, scheduler: SchedulerReference) {
  guard let scheduler = currentScheduler(), let thread = scheduler.it.current else {
    refuseToPark(operation)
  }
  return (thread, scheduler)
}

@inline(never)
private func refuseToPark(_ operation: StaticString) -> Never {
  if let scheduler = currentScheduler(), scheduler.isWithoutStack {
    fatalError(
      """
      \(operation) parks, and was called for a green thread that has no stack. A failure handler \
      that gets `StackUnavailable` must pass it on without waiting, as `spawn` and `trySend` do.
      """)
  }
  if unsafe cgreenthreads_current_task() != nil {
    fatalError(
      """
      \(operation) parks, and was called in a Swift Task, which must not be blocked. Call it on a \
      green thread: inside `run { }`, or in a closure given to `spawn`.
      """)
  }
  fatalError(
    """
    \(operation) parks, and was called off a green thread. Call it inside `run { }`, or in a \
    closure given to `spawn`.
    """)
}

/// Traps when a Swift Task's job runs on this green thread's stack, as `Task.immediate` does: a
/// park inside would leave the task current for whoever runs next.
@inline(__always)
func requireNoTask(_ operation: StaticString, on scheduler: SchedulerReference) {
  if unsafe cgreenthreads_current_task() != scheduler.it.surroundingTask {
    refuseToPark(operation)
  }
}

/// Leaves the running green thread for the next runnable one, or for the loop when there is none or
/// when the event source is due.
///
/// Returns when somebody switches back.
///
/// The caller has recorded why `thread` stops: it is in the run queue or parked.
@inline(__always)
func switchAway(from thread: ThreadReference, on scheduler: SchedulerReference) {
  guard let next = scheduler.takeFirstByTheShortWay() else {
    return parkByTheLongWay(thread, on: scheduler)
  }
  scheduler.it.current = next
  // SAFETY: as in `switchStacks`. Right for `next == thread` as well, which is not worth a branch.
  unsafe cgreenthreads_switch_threads(thread.pointer, next.pointer, scheduler.it.accesses)
}

/// The same for a yield, which cannot afford to look for a task each time: it does so at the latest
/// after as many switches as lie between two polls.
@inline(__always)
func switchAwayByYielding(from thread: ThreadReference, on scheduler: SchedulerReference) {
  guard let next = scheduler.takeFirstByTheShortWay() else {
    return yieldByTheLongWay(from: thread, on: scheduler)
  }
  scheduler.it.current = next
  // SAFETY: as above.
  unsafe cgreenthreads_switch_threads(thread.pointer, next.pointer, scheduler.it.accesses)
}

@inline(never)
private func parkByTheLongWay(_ thread: ThreadReference, on scheduler: SchedulerReference) {
  if scheduler.it.waitsInPlace && scheduler.it.queue.isEmpty {
    waitInPlace(thread, on: scheduler)
  } else {
    switchAwayByTheLongWay(from: thread, on: scheduler)
  }
}

@inline(never)
private func yieldByTheLongWay(from thread: ThreadReference, on scheduler: SchedulerReference) {
  requireNoTask("yield", on: scheduler)
  switchAwayByTheLongWay(from: thread, on: scheduler)
}

/// The same when somebody other than the first in the queue is next, or there are detours.
///
/// Whoever parks has looked for a task before.
@inline(never)
private func switchAwayByTheLongWay(
  from thread: ThreadReference, on scheduler: SchedulerReference
) {
  let next = scheduler.nextByTheLongWay()
  if next != thread { switchStacks(from: thread, to: next, on: scheduler) }
}

/// Saves this stack in `thread` and continues `next`.
@inline(__always)
func switchStacks(
  from thread: ThreadReference, to next: ThreadReference, on scheduler: SchedulerReference
) {
  // SAFETY: `next` is not running, so its stack pointer is that of its last switch, or of
  // `prepare`; records do not move, and begin as the switch expects (`requireLayout`).
  scheduler.it.current = next
  if scheduler.it.detours.isDisjoint(with: .notByTheSwitchItself) {
    unsafe cgreenthreads_switch_threads(thread.pointer, next.pointer, scheduler.it.accesses)
  } else {
    switchByDetour(from: thread, to: next, on: scheduler)
  }
}

/// Traps at the start of a scheduler if the compiler lays a record out in another way than C, the
/// assembly and inlined code read it.
func requireLayout() {
  let stackPointer = unsafe MemoryLayout<ThreadRecord>.offset(of: \.stackPointer)
  let accesses = MemoryLayout<ThreadRecord>.offset(of: \.accesses)
  let payload = MemoryLayout<ThreadRecord>.offset(of: \.payload)
  let body = MemoryLayout<DelayedRecord>.offset(of: \.body)
  let current = MemoryLayout<SchedulerState>.offset(of: \.current)
  let lender = MemoryLayout<SchedulerState>.offset(of: \.lender)
  precondition(current == 0 && lender == 8, "a scheduler has another layout")
  precondition(
    stackPointer == 0 && accesses == 16 && payload == UncheckedThread.payloadOffset
      && body == UncheckedThread.bodyOffset,
    "a green thread's record has another layout")
}

@inline(never)
private func switchByDetour(
  from thread: ThreadReference, to next: ThreadReference, on scheduler: SchedulerReference
) {
  guard let target = unsafe next.it.stackPointer else { return }
  let splits = !scheduler.it.detours.contains(.sharedAccesses)
  if splits { unsafe cgreenthreads_take_off_accesses(&thread.it.accesses) }
  if scheduler.it.detours.contains(.taskLocals) {
    scheduler.exchangeTaskLocals(of: thread, for: next)
  }
  if scheduler.it.detours.contains(.fibers) {
    unsafe cgreenthreads_switch_fiber(&thread.it.stackPointer, target, next.it.shadowStack)
  } else if scheduler.it.detours.contains(.sanitized) {
    unsafe noteLeaving(&thread.it.shadowStack, for: next)
    unsafe cgreenthreads_switch(&thread.it.stackPointer, target)
    unsafe cgreenthreads_note_arrived(thread.it.shadowStack)
  } else {
    unsafe cgreenthreads_switch(&thread.it.stackPointer, target)
  }
  if splits && thread.it.accesses.0 != 0 {
    unsafe cgreenthreads_put_back_accesses(&thread.it.accesses)
  }
}

extension Detours {
  init(_ order: Order, _ exclusivity: Exclusivity, _ taskLocals: TaskLocals) {
    self = []
    if taskLocals == .perThread { insert(.taskLocals) }
    if order != .fifo { insert(.shuffled) }
    if exclusivity == .shared || !cgreenthreads_has_access_lists() { insert(.sharedAccesses) }
    if cgreenthreads_is_address_sanitized() { insert(.sanitized) }
    if cgreenthreads_is_thread_sanitized() { insert(.fibers) }
  }
}

/// ThreadSanitizer's name for the stack that the caller is on; nil without it.
var currentFiber: UnsafeMutableRawPointer? { unsafe cgreenthreads_current_fiber() }

/// Tells ThreadSanitizer that a stack which has been left for good is no more.
func endFiber(_ fiber: UnsafeMutableRawPointer?) {
  unsafe cgreenthreads_end_fiber(fiber)
}

/// Tells AddressSanitizer which stack comes next.
private func noteLeaving(
  _ save: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, for next: ThreadReference
) {
  if let (bottom, size) = unsafe stackBounds(of: next) {
    unsafe cgreenthreads_note_leaving(save, bottom, size)
  }
}

/// Leaves a stack that nobody will come back to, and tells AddressSanitizer so.
func leaveForGoodSanitized(
  _ save: UnsafeMutablePointer<UnsafeMutableRawPointer?>, for next: ThreadReference,
  top: UnsafeMutableRawPointer
) {
  guard let (bottom, size) = unsafe stackBounds(of: next) else { return }
  guard let target = unsafe next.it.stackPointer else { return }
  unsafe cgreenthreads_leave_for_good(save, target, bottom, size, top)
}

/// The stack of `thread`, without its guard; for the loop that of the calling OS thread.
private func stackBounds(
  of thread: ThreadReference
) -> (bottom: UnsafeRawPointer, size: Int)? {
  let label = unsafe thread.it.label
  if let stack = unsafe label.stack {
    let size = unsafe StackClass(shift: label.stack_shift).reservation - StackClass.guardSize
    return unsafe (UnsafeRawPointer(stack + StackClass.guardSize), size)
  }
  var bottom: UnsafeRawPointer?
  var size = 0
  unsafe cgreenthreads_own_stack(&bottom, &size)
  guard let bottom = unsafe bottom else { return nil }
  return unsafe (bottom, size)
}
