// What runs on a green thread's stack, below the user's closure.
internal import CGreenThreads

/// Gives `thread`, whose body has not begun, a stack. False when there is none to be had; then the
/// green thread has ended with that error.
@inline(never)
func attachStack(to thread: ThreadReference, on scheduler: SchedulerReference) -> Bool {
  switch unsafe scheduler.it.stacks.take(thread.it.stackClass) {
  case .failure(let error):
    finish(thread, handOver(error, of: thread), on: scheduler)
    return false
  case .success(let stack):
    unsafe adopt(stack, by: thread)
    thread.it.phase = .active
    // SAFETY: the top of a stack that nobody runs on.
    let top = unsafe stack + thread.it.stackClass.reservation - colour(of: stack, thread)
    unsafe thread.it.stackPointer = cgreenthreads_prepare(top, runBodies, nil)
    return true
  }
}

/// Neighbouring stacks begin at different cache sets: without it all their hot lines would compete
/// for the same ones. More than 16 colours would spill into a second page.
private func colour(of stack: UnsafeMutableRawPointer, _ thread: ThreadReference) -> Int {
  64 * Int((UInt(bitPattern: stack) >> UInt(thread.it.stackClass.shift)) & 15)
}

private func adopt(_ stack: UnsafeMutableRawPointer, by thread: ThreadReference) {
  unsafe thread.it.label.stack = stack
  unsafe thread.it.label.stack_size = thread.it.stackClass.reservation
}

/// The entry of every stack. When a body has ended and the next runnable green thread has not
/// begun, that one's body runs right here: a spawn in a busy program costs no switch and no stack.
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
      unsafe scheduler.it.stacks.giveBack(stack, stackClass)
      leaveForGood(on: scheduler)
    }
    unsafe adopt(stack, by: next)
    next.it.phase = .active
    scheduler.it.current = next
    thread = next
  }
}

/// Runs one body to its end and records the outcome.
@inline(never)
private func runBody(of thread: ThreadReference, on scheduler: SchedulerReference) {
  let payload = unsafe Payload(&thread.it.payload)
  var outcome = Outcome.success
  if thread.it.cancelledBy != 0 {
    _ = thread.it.launch?(.dropBody, payload)
    outcome = handOver(Cancelled(by: thread.it.cancelledBy), of: thread)
  } else if let error = thread.it.launch?(.run, payload) {
    outcome = handOver(error, of: thread)
  }
  unsafe scheduler.it.abandonedStack = thread.it.label.stack
  scheduler.it.abandonedClass = thread.it.stackClass
  finish(thread, outcome, on: scheduler)
}

/// Continues somebody else and never comes back. The stack is in the pool already: nobody can be
/// given it before the switch, for nobody else runs on this OS thread.
private func leaveForGood(on scheduler: SchedulerReference) -> Never {
  let next = scheduler.nextToSwitchTo()
  scheduler.it.current = next
  if cgreenthreads_is_address_sanitized() { noteLeaving(nil, for: next) }
  if let target = unsafe next.it.stackPointer {
    unsafe cgreenthreads_switch(&scheduler.it.abandonedPointer, target)
  }
  fatalError("green threads: an ended green thread was made to run")
}
