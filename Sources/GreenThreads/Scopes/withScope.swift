/// Runs `body` with a scope to spawn into, and returns when all that was spawned has ended.
///
/// The first that fails, be it `body` or a green thread, cancels the others; when all have ended
/// its error is rethrown as itself. Cancelling what the caller does cancels the scope. Parks.
///
/// - Parameters:
///   - onFurtherFailure: what happens to errors after the first; called on the green thread that
///     failed. They are dropped when it is nil.
///   - body: runs on the calling green thread.
/// - Returns: what `body` returns.
/// - Throws: the first failure; ``Cancelled`` when a cancellation from outside cut a child short.
@discardableResult
public func withScope<Value>(
  onFurtherFailure: ((any Error) -> Void)? = nil, _ body: (Scope) throws -> Value
) throws -> Value {
  try withScope(.first(further: onFurtherFailure), body)
}

/// Runs `body` with a scope whose green threads fail each for itself: for servers.
///
/// An error of one goes to `onFailure` and ends nobody else; joining a child without a value then
/// only waits. An error of `body` cancels all. Parks.
///
/// - Parameters:
///   - onFailure: called with each error, on the green thread that failed.
///   - body: runs on the calling green thread.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; ``Cancelled`` when a cancellation from outside cut a child short.
@discardableResult
public func withScope<Value>(
  isolatingFailures onFailure: @escaping (any Error) -> Void, _ body: (Scope) throws -> Value
) throws -> Value {
  try withScope(.isolated(onFailure), body)
}

private func withScope<Value>(
  _ policy: FailurePolicy, _ body: (Scope) throws -> Value
) throws -> Value {
  let (thread, scheduler) = currentThread(for: "withScope")
  requireNoTask("withScope", on: scheduler)
  let scope = scheduler.enterScope(of: thread)
  scope.it.onFailure = policy
  var bodyFailure: (any Error)?
  var value: Value?
  do {
    value = try body(Scope(scope))
  } catch {
    bodyFailure = error
    noteBodyFailure(error, of: scope, thread)
    scheduler.cancel(scope, by: scope.it.serial)
  }
  if let failure = closeScope(scope, of: thread, on: scheduler) ?? bodyFailure { throw failure }
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

private func isSameBox(_ one: any Error, _ other: any Error) -> Bool {
  // `as any Error` keeps the compiler from opening the box and comparing what is in it.
  // SAFETY: `any Error` is one word on Linux, the address of its box; only compared.
  unsafe unsafeBitCast(one as any Error, to: UInt.self)
    == unsafeBitCast(other as any Error, to: UInt.self)
}
