internal import Drift

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
/// thread, between green threads, and must not park there, which traps; what it awaits goes where
/// it belongs. What is isolated to the main actor never begins while the scheduler holds the main
/// thread: run the scheduler elsewhere, or keep the main actor out. Values of `GreenThread.Local`
/// are not passed on to it.
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
  // SAFETY: nobody else has the body, which the task gets. The stack of a green thread stays where
  // it is, and the task has ended when `awaitEnd` returns or throws: the place outlives it.
  nonisolated(unsafe) let body = body
  return try unsafe withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { room in
    nonisolated(unsafe) let place = unsafe room
    try awaitEnd(priority) { unsafe place.initializeElement(at: 0, to: try await body()) }
    nonisolated(unsafe) let value = unsafe place.moveElement(from: 0)
    return unsafe value
  }
}

/// Runs `body` as a task and parks until it has ended, whatever comes.
@usableFromInline
func awaitEnd(_ priority: TaskPriority?, _ body: sending @escaping () async throws -> Void) throws {
  try GreenThread.checkCancellation()
  // SAFETY: the task alone calls it.
  nonisolated(unsafe) let body = body
  let executor = SchedulerExecutor.current
  let remote = executor.jobs.remote
  remote.beginExpecting()
  defer { remote.endExpecting() }
  var call = AsyncCall(ticket: WakeTicket())
  try unsafe withUnsafeMutablePointer(to: &call) { call in
    // SAFETY: on this stack, which is parked until the task has told of its end. The task writes
    // the failure before that; all else happens on the scheduler's OS thread.
    nonisolated(unsafe) let call = unsafe call
    let task = Task(executorPreference: executor.lane, priority: priority) {
      do { try await unsafe body() } catch { unsafe call.pointee.failure = error }
      guard remote.isOnItsThread else {
        remote.runOnLoop { unsafe call.pointee.finish() }
        return
      }
      unsafe call.pointee.finish()
    }
    do {
      try GreenThread.park(unsafe call.pointee.ticket, for: ParkReason("for a Swift task"))
    } catch {
      task.cancel()
      while unsafe !call.pointee.isFinished {
        unsafe call.pointee.ticket = WakeTicket()
        GreenThread.parkThroughCancellation(
          unsafe call.pointee.ticket, for: ParkReason("for a cancelled Swift task"))
      }
      if unsafe call.pointee.failure != nil { throw error }
    }
    if let failure = unsafe call.pointee.failure { throw failure }
  }
}

/// One call of an `async` function by a green thread.
private struct AsyncCall {
  var ticket: WakeTicket
  var isFinished = false
  var failure: (any Error)?

  /// On the scheduler's OS thread.
  mutating func finish() {
    isFinished = true
    ticket.wake()
  }
}
