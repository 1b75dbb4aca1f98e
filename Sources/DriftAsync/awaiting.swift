public import Drift

/// Runs an `async` function and waits for its end: the way from a green thread to Swift's
/// concurrency.
///
/// Parks.
///
/// ```swift
/// let reply = try awaiting { try await client.get("https://example.org") }
/// ```
///
/// `body` is a task of its own. Where it is isolated to no actor it runs on the scheduler's OS
/// thread and must not park there, which traps: up to its first wait on the caller's stack and at
/// once, so that one which never waits costs no switch; then between green threads. What it awaits
/// goes where it belongs. What is isolated to the main actor never begins while the scheduler holds
/// the main thread: run the scheduler elsewhere, or keep the main actor out. Values of
/// `GreenThread.Local` are not passed on to it.
///
/// When the caller is cancelled the task is, too, and is awaited: this returns only when it has
/// ended. A value that it ends with all the same is returned; whatever it throws then becomes the
/// caller's cancellation, because libraries have errors of their own for it.
///
/// - Parameters:
///   - priority: of the task, for those parts of it that run on Swift's threads.
///   - body: what it captures is given away.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; `Cancelled`.
@inlinable
@discardableResult
public func awaiting<Value>(
  priority: TaskPriority? = nil,
  _ body: sending @escaping () async throws -> sending Value
) throws -> sending Value {
  try GreenThread.checkCancellation()
  var call = AsyncCall()
  // SAFETY: nobody else has the body, which the task gets. The stack of a green thread stays where
  // it is, and the task has told of its end when `wait` returns or throws: the call and the place
  // outlive it.
  nonisolated(unsafe) let body = body
  return try unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { room in
    try unsafe withUnsafeMutablePointer(to: &call) { call in
      nonisolated(unsafe) let (place, call) = unsafe (room, call)
      // Formally a task that throws: one that never does has a thunk between.
      let task = AsyncCall.begin {
        Task.immediate(
          priority: priority, executorPreference: unsafe call.pointee.lane
        ) { () async throws -> Void in
          do {
            unsafe place.initializeElement(at: 0, to: try await body())
          } catch {
            unsafe call.pointee.failure = error
          }
          unsafe AsyncCall.finish(call)
        }
      }
      try unsafe AsyncCall.wait(call, for: task)
      // SAFETY: whoever made it had given it away, and this was its only place.
      nonisolated(unsafe) let value = unsafe place.moveElement(from: 0)
      return unsafe value
    }
  }
}
