/// Runs `body` and cancels it if it has not ended by `deadline`.
///
/// Inside, the expiry is a cancellation; here, and only here, it becomes ``DeadlineExceeded``. An
/// inner deadline cannot outlast an outer one. A body that ends in time, or ends with a value in
/// spite of the cancellation, is left alone. Parks only where `body` does.
///
/// - Parameters:
///   - deadline: on the scheduler's clock.
///   - file: where it is set, for errors.
///   - line: where it is set, for errors.
///   - body: runs on the calling green thread.
/// - Returns: what `body` returns.
/// - Throws: ``DeadlineExceeded``, or what `body` throws.
@discardableResult
public func withDeadline<Value>(
  _ deadline: Instant, file: StaticString = #fileID, line: UInt32 = #line,
  _ body: () throws -> Value
) throws -> Value {
  try withDeadline(deadline, at: CallSite(file: file, line: line), body)
}

func withDeadline<Value>(
  _ deadline: Instant, at callSite: CallSite, _ body: () throws -> Value
) throws -> Value {
  let entry = enterDeadline(deadline, at: callSite)
  defer { entry.scheduler.leaveScope(entry.scope, of: entry.thread) }
  do {
    return try body()
  } catch let error as Cancelled where error.cause == entry.scope.it.serial {
    throw DeadlineExceeded(deadline: deadline, callSite: callSite)
  }
}

/// Runs `body` and cancels it if it has not ended after `timeout`; see
/// ``withDeadline(_:file:line:_:)``.
///
/// - Parameters:
///   - timeout: from now; zero or less cancels at once.
///   - file: where it is set, for errors.
///   - line: where it is set, for errors.
///   - body: runs on the calling green thread.
/// - Returns: what `body` returns.
/// - Throws: ``DeadlineExceeded``, or what `body` throws.
@discardableResult
public func withTimeout<Value>(
  _ timeout: Duration, file: StaticString = #fileID, line: UInt32 = #line,
  _ body: () throws -> Value
) throws -> Value {
  try withDeadline(.now.advanced(by: timeout), at: CallSite(file: file, line: line), body)
}

private func enterDeadline(
  _ deadline: Instant, at callSite: CallSite
) -> (thread: ThreadReference, scheduler: SchedulerReference, scope: ScopeReference) {
  let (thread, scheduler) = currentThread(for: "withDeadline")
  let scope = scheduler.enterScope(of: thread, .deadline, at: callSite)
  scope.it.timeLimit = deadline
  if deadline <= scheduler.now {
    scheduler.cancel(scope, by: scope.it.serial)
  } else if deadline != .distantFuture {
    scope.it.deadline = deadline
    scheduler.orderNextTimer(of: thread)
    scope.it.deadlineSequence = thread.it.parkSequence
    if deadline < thread.it.enclosingDeadline {
      thread.it.enclosingDeadline = deadline
      scheduler.it.timers.look(at: thread, by: deadline)
    }
  }
  return (thread, scheduler, scope)
}
