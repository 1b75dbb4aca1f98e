/// Runs `body` with a scope to spawn into, and returns when all that was spawned has ended.
///
/// The first that fails, be it `body` or a green thread, cancels the others; when all have ended
/// its error is rethrown as itself. Cancelling what the caller does cancels the scope. Parks.
///
/// ``Scope/cancel()`` is no failure: the scope returns what `body` does, also when it has cut short
/// a `body` that returns no value. One that should have returned a value throws ``Cancelled``, and
/// that is an error like any other for the scope around.
///
/// - Parameters:
///   - deadline: when to cancel all of it, if ever.
///   - onFurtherFailure: what happens to errors after the first; called on the green thread that
///     failed. They are dropped when it is nil. It may park, but for ``StackUnavailable``, whose
///     green thread has no stack: then that traps.
///   - file: where the scope is opened, for errors.
///   - line: where the scope is opened, for errors.
///   - body: runs on the calling green thread.
/// - Returns: what `body` returns.
/// - Throws: the first failure; else ``DeadlineExceeded`` when the deadline has cut `body` or a
///   child short, or ``Cancelled`` when a cancellation from outside has, or the scope's own has
///   left `body` without its value.
@discardableResult
public func withScope<Value>(
  deadline: Instant? = nil, onFurtherFailure: ((any Error) -> Void)? = nil,
  file: StaticString = #fileID, line: UInt32 = #line,
  _ body: (Scope) throws -> Value
) throws -> Value {
  let plan = ScopePlan(
    .first(further: onFurtherFailure), deadline, CallSite(file: file, line: line))
  return try withScope(plan) { try body(Scope($0)) }
}

/// Runs `body` with a scope whose green threads fail each for itself: for servers.
///
/// An error of one goes to `onFailure` and ends nobody else; joining a child without a value then
/// only waits. An error of `body` cancels all. Parks.
///
/// - Parameters:
///   - deadline: when to cancel all of it, if ever.
///   - onFailure: called with each error, on the green thread that failed. It may park, but for
///     ``StackUnavailable``, whose green thread has no stack: then that traps.
///   - file: where the scope is opened, for errors.
///   - line: where the scope is opened, for errors.
///   - body: runs on the calling green thread.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; else ``DeadlineExceeded`` or ``Cancelled`` as in
///   ``withScope(deadline:onFurtherFailure:file:line:_:)``.
@discardableResult
public func withScope<Value>(
  deadline: Instant? = nil, isolatingFailures onFailure: @escaping (any Error) -> Void,
  file: StaticString = #fileID, line: UInt32 = #line,
  _ body: (Scope) throws -> Value
) throws -> Value {
  let plan = ScopePlan(.isolated(onFailure), deadline, CallSite(file: file, line: line))
  return try withScope(plan) { try body(Scope($0)) }
}

/// Like ``withScope(deadline:onFurtherFailure:file:line:_:)``, with at most `limit` green threads
/// in the scope at a time.
///
/// Who spawns one more parks until another has ended, first come, first served. Parks.
///
/// - Parameters:
///   - limit: at least 1.
///   - deadline: when to cancel all of it, if ever.
///   - onFurtherFailure: what happens to errors after the first.
///   - file: where the scope is opened, for errors.
///   - line: where the scope is opened, for errors.
///   - body: runs on the calling green thread.
/// - Returns: what `body` returns.
/// - Throws: as without a limit; ``InvalidArgument`` for a limit below 1.
@discardableResult
public func withScope<Value>(
  limit: Int, deadline: Instant? = nil, onFurtherFailure: ((any Error) -> Void)? = nil,
  file: StaticString = #fileID, line: UInt32 = #line,
  _ body: (LimitedScope) throws -> Value
) throws -> Value {
  let plan = ScopePlan(
    .first(further: onFurtherFailure), deadline, CallSite(file: file, line: line))
  return try withScope(plan) { try body(LimitedScope($0, limit: limit)) }
}

/// Like ``withScope(deadline:isolatingFailures:file:line:_:)``, with at most `limit` green threads
/// in the scope at a time.
///
/// Who spawns one more parks until another has ended, first come, first served. Parks.
///
/// - Parameters:
///   - limit: at least 1.
///   - deadline: when to cancel all of it, if ever.
///   - onFailure: called with each error, on the green thread that failed. It may park, but for
///     ``StackUnavailable``, whose green thread has no stack: then that traps.
///   - file: where the scope is opened, for errors.
///   - line: where the scope is opened, for errors.
///   - body: runs on the calling green thread.
/// - Returns: what `body` returns.
/// - Throws: as without a limit; ``InvalidArgument`` for a limit below 1.
@discardableResult
public func withScope<Value>(
  limit: Int, deadline: Instant? = nil, isolatingFailures onFailure: @escaping (any Error) -> Void,
  file: StaticString = #fileID, line: UInt32 = #line,
  _ body: (LimitedScope) throws -> Value
) throws -> Value {
  let plan = ScopePlan(.isolated(onFailure), deadline, CallSite(file: file, line: line))
  return try withScope(plan) { try body(LimitedScope($0, limit: limit)) }
}
