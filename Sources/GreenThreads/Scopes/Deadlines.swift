/// Runs `body` and cancels it if it has not ended by `deadline`.
///
/// Inside, the expiry is a cancellation; here, and only here, it becomes ``DeadlineExceeded``. An
/// inner deadline cannot outlast an outer one. A body that ends in time, or ends with a value in
/// spite of the cancellation, is left alone. Parks only where `body` does.
///
/// - Throws: ``DeadlineExceeded``, or what `body` throws.
@discardableResult
public func withDeadline<Value>(
  _ deadline: Instant, _ body: () throws -> Value
) throws -> Value {
  let entry = enterDeadline(deadline)
  defer { entry.scheduler.leaveScope(entry.scope, of: entry.thread) }
  do {
    return try body()
  } catch let error as Cancelled where error.cause == entry.scope.it.serial {
    throw DeadlineExceeded(deadline: deadline)
  }
}

/// Runs `body` and cancels it if it has not ended after `timeout`; see ``withDeadline(_:_:)``.
///
/// - Throws: ``DeadlineExceeded``, or what `body` throws.
@discardableResult
public func withTimeout<Value>(_ timeout: Duration, _ body: () throws -> Value) throws -> Value {
  try withDeadline(.now.advanced(by: timeout), body)
}

private func enterDeadline(
  _ deadline: Instant
) -> (thread: ThreadReference, scheduler: SchedulerReference, scope: ScopeReference) {
  let (thread, scheduler) = currentThread(for: "withDeadline")
  let scope = scheduler.enterScope(of: thread)
  if deadline <= scheduler.it.source.now {
    scheduler.cancel(scope, by: scope.it.serial)
  } else if deadline != .distantFuture {
    scope.it.deadline = deadline
    if deadline < thread.it.enclosingDeadline {
      thread.it.enclosingDeadline = deadline
      scheduler.orderNextTimer(of: thread)
      scheduler.it.timers.look(at: thread, by: deadline)
    }
  }
  return (thread, scheduler, scope)
}
