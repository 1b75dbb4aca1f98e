// The way of every scope, whatever its policy: enter, run the body, wait for the children, leave.

/// How a scope is to behave.
struct ScopePlan {
  let onFailure: FailurePolicy
  let deadline: Instant?
  let callSite: CallSite

  init(_ onFailure: FailurePolicy, _ deadline: Instant?, _ callSite: CallSite) {
    self.onFailure = onFailure
    self.deadline = deadline
    self.callSite = callSite
  }
}

func withScope<Value>(
  _ plan: ScopePlan, _ body: (ScopeReference) throws -> Value
) throws -> Value {
  // A deadline around the scope, and not its own: so a child that fails in spite of it comes first.
  guard let deadline = plan.deadline else { return try runScope(plan, body) }
  return try withDeadline(deadline, at: plan.callSite) { try runScope(plan, body) }
}

private func runScope<Value>(
  _ plan: ScopePlan, _ body: (ScopeReference) throws -> Value
) throws -> Value {
  let (thread, scheduler) = currentThread(for: "withScope")
  requireNoTask("withScope", on: scheduler)
  let scope = scheduler.enterScope(of: thread, .group, at: plan.callSite)
  scope.it.onFailure = plan.onFailure
  let serial = scope.it.serial
  var bodyFailure: (any Error)?
  var value: Value?
  do {
    value = try body(scope)
  } catch {
    bodyFailure = error
    noteBodyFailure(error, of: scope, thread)
    scheduler.cancel(scope, by: scope.it.serial)
  }
  if let failure = closeScope(scope, of: thread, on: scheduler) { throw failure }
  if let bodyFailure {
    // Cut short by the scope's own cancellation, which is no error: what it had to return is there.
    guard (bodyFailure as? Cancelled)?.cause == serial, Value.self == Void.self,
      let nothing = () as? Value
    else { throw bodyFailure }
    return nothing
  }
  guard let value else { preconditionFailure("a scope's body ended without a value or an error") }
  return value
}

/// Waits for the children of `scope`, and leaves it.
///
/// - Returns: what must be thrown for the scope, if anything.
func closeScope(
  _ scope: ScopeReference, of thread: ThreadReference, on scheduler: SchedulerReference
) -> (any Error)? {
  repeat {
    while scope.it.liveChildren > 0 {
      let ticket = WakeTicket(for: thread)
      scope.it.closer = ticket
      let reason = ParkReason(
        "for the green threads of a scope to end:", Int64(scope.it.liveChildren))
      GreenThread.parkThroughCancellation(ticket, for: reason)
    }
    scheduler.dropOutcomes(of: scope)
    // A destructor of one of those may have spawned.
  } while scope.it.liveChildren > 0
  let failure: (any Error)? = scope.it.failure ?? scope.it.cutShort
  scheduler.leaveScope(scope, of: thread)
  return failure
}

/// Makes an error of a scope's own body the scope's failure, if it is the first.
private func noteBodyFailure(
  _ error: any Error, of scope: ScopeReference, _ thread: ThreadReference
) {
  if let cancelled = error as? Cancelled, cancelled.cause == thread.it.cancelledBy { return }
  guard let first = scope.it.failure else {
    scope.it.failure = error
    return
  }
  // A child's error that the body got from a join and let pass is not a second one.
  if !isSameBox(first, error), case .first(let further) = scope.it.onFailure { further?(error) }
}

/// Whether it is one error, thrown once and passed on.
func isSameBox(_ one: any Error, _ other: any Error) -> Bool {
  // `as any Error` keeps the compiler from opening the box and comparing what is in it.
  // SAFETY: `any Error` is one word on Linux, the address of its box; only compared.
  unsafe unsafeBitCast(one as any Error, to: UInt.self)
    == unsafeBitCast(other as any Error, to: UInt.self)
}
