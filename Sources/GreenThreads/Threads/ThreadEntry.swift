// What runs on a green thread's stack, below the user's closure.
internal import CGreenThreads

/// Gives `thread`, whose body has not begun, a stack.
///
/// False when there is none to be had; then the green thread has ended with that error.
@inline(never)
func attachStack(to thread: ThreadReference, on scheduler: SchedulerReference) -> Bool {
  switch unsafe scheduler.it.stacks.take(thread.it.stackClass) {
  case .failure(let error):
    fail(thread, error, on: scheduler)
    return false
  case .success(let stack):
    unsafe adopt(stack, by: thread)
    thread.it.phase = .active
    // SAFETY: the top of a stack that nobody runs on.
    let top = unsafe stack + thread.it.stackClass.reservation - colour(of: stack, thread)
    unsafe thread.it.stackPointer = cgreenthreads_prepare(top, runBodies, nil)
    if scheduler.it.detours.contains(.fibers) {
      unsafe thread.it.shadowStack = cgreenthreads_make_fiber()
    }
    return true
  }
}

/// Ends `thread`, for which there is no stack.
///
/// The user's code that runs here, a destructor or a failure handler, is on somebody else's stack:
/// it runs as `thread`, and what would park traps.
private func fail(
  _ thread: ThreadReference, _ error: StackUnavailable, on scheduler: SchedulerReference
) {
  let running = scheduler.it.current
  let (task, switches) = unsafe (scheduler.it.surroundingTask, scheduler.it.switchesLeft)
  scheduler.it.current = thread
  // SAFETY: only compared. No task lies where the scheduler does, so all that parks takes the
  // present one for a stranger; a yield looks only when it goes the long way.
  unsafe scheduler.it.surroundingTask = UnsafeMutableRawPointer(scheduler.pointer)
  scheduler.it.switchesLeft = 0
  defer {
    scheduler.it.switchesLeft = min(switches, scheduler.it.longWaysLeft)
    unsafe scheduler.it.surroundingTask = task
    scheduler.it.current = running
  }
  _ = thread.launch(.dropBody)
  thread.it.locals = nil
  if scheduler.it.detours.contains(.taskLocals) { scheduler.dropTaskLocals(of: thread) }
  let outcome = handOver(thread.it.cancelledBy == 0 ? error : Cancelled(thread), of: thread)
  finish(thread, outcome, on: scheduler)
}

/// Neighbouring stacks begin at different cache sets: without it all their hot lines would compete
/// for the same ones.
///
/// More than 16 colours would spill into a second page.
private func colour(of stack: UnsafeMutableRawPointer, _ thread: ThreadReference) -> Int {
  64 * Int((UInt(bitPattern: stack) >> UInt(thread.it.stackClass.shift)) & 15)
}

private func adopt(_ stack: UnsafeMutableRawPointer, by thread: ThreadReference) {
  unsafe thread.it.label.stack = stack
  unsafe thread.it.label.stack_shift = thread.it.stackClass.shift
}

/// The entry of every stack.
///
/// When a body has ended and the next runnable green thread has not begun, that one's body runs
/// right here: a spawn in a busy program costs no switch and no stack.
private func runBodies(_: UnsafeMutableRawPointer?) {
  if cgreenthreads_is_address_sanitized() { cgreenthreads_note_arrived(nil) }
  guard let scheduler = currentScheduler(), var thread = scheduler.it.current else {
    fatalError("green threads: a stack was entered without a scheduler")
  }
  while true {
    runBody(of: thread, on: scheduler)
    guard let stack = unsafe scheduler.it.abandonedStack else {
      fatalError("green threads: a body ended without a stack")
    }
    let stackClass = scheduler.it.abandonedClass
    guard let next = scheduler.nextToBegin(on: stackClass) else {
      unsafe leaveForGood(stack, stackClass, on: scheduler)
    }
    unsafe adopt(stack, by: next)
    // Any address, which nobody goes to: it has a stack, even if it yields to nobody but itself.
    unsafe next.it.stackPointer = stack
    next.it.phase = .active
    scheduler.it.current = next
    thread = next
  }
}

/// Runs one body to its end and records the outcome.
@inline(never)
private func runBody(of thread: ThreadReference, on scheduler: SchedulerReference) {
  var outcome = Outcome.success
  if thread.it.cancelledBy != 0 {
    _ = thread.launch(.dropBody)
    outcome = handOver(Cancelled(thread), of: thread)
  } else if let error = thread.launch(.run) {
    outcome = handOver(error, of: thread)
  }
  // While it is a green thread still, because destructors of the user's run here.
  if thread.it.locals != nil { thread.it.locals = nil }
  if scheduler.it.detours.contains(.taskLocals) { scheduler.endTaskLocals() }
  unsafe scheduler.it.abandonedStack = thread.it.label.stack
  scheduler.it.abandonedClass = thread.it.stackClass
  finish(thread, outcome, on: scheduler)
}

/// Continues somebody else and never comes back.
private func leaveForGood(
  _ stack: UnsafeMutableRawPointer, _ stackClass: StackClass, on scheduler: SchedulerReference
) -> Never {
  let next = scheduler.takeFirstByTheShortWay() ?? scheduler.nextByTheLongWay()
  scheduler.it.current = next
  // Only now, since whoever comes next may just have been given a new stack: not this one. Nobody
  // can be given it before the switch, for nobody else runs on this OS thread.
  unsafe scheduler.it.stacks.giveBack(stack, stackClass)
  if scheduler.it.detours.isDisjoint(with: .notByTheSwitchItself) {
    unsafe cgreenthreads_leave_for(next.pointer)
  }
  if scheduler.it.detours.contains(.taskLocals) {
    scheduler.it.taskLocals?.list = next.it.taskLocals
  }
  if cgreenthreads_is_address_sanitized() {
    unsafe leaveForGoodSanitized(
      &scheduler.it.abandonedPointer, for: next, top: stack + stackClass.reservation)
  }
  if scheduler.it.detours.contains(.fibers) {
    // The one before last: nobody may end the fiber that he runs on.
    unsafe endFiber(scheduler.it.abandonedFiber)
    unsafe scheduler.it.abandonedFiber = currentFiber
  }
  if let target = unsafe next.it.stackPointer {
    unsafe cgreenthreads_switch_fiber(
      &scheduler.it.abandonedPointer, target, next.it.shadowStack)
  }
  fatalError("green threads: an ended green thread was made to run")
}
