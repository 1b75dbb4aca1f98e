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
@discardableResult
public func awaiting<Value>(
  priority: TaskPriority? = nil,
  _ body: sending @escaping () async throws -> sending Value
) throws -> sending Value {
  try GreenThread.checkCancellation()
  let executor = SchedulerExecutor.current
  let outcome = AsyncOutcome<Value>(WakeTicket())
  executor.remote.beginExpecting()
  defer { executor.remote.endExpecting() }
  let task = Task(executorPreference: executor, priority: priority) {
    await outcome.note(body)
    outcome.finish(on: executor.remote)
  }
  do {
    try GreenThread.park(outcome.ticket, for: ParkReason("for a Swift task"))
  } catch {
    task.cancel()
    try outcome.wait(becauseOf: error)
  }
  return try outcome.take()
}

/// What the task of one ``awaiting(_:)`` leaves, and who waits for it.
// SAFETY: the task writes the result before it tells the scheduler's OS thread of its end; all
// else happens on that thread.
@safe
private final class AsyncOutcome<Value>: @unchecked Sendable {
  private(set) var ticket: WakeTicket
  private var isFinished = false
  private var value: Value?
  private var failure: (any Error)?

  init(_ ticket: WakeTicket) {
    self.ticket = ticket
  }

  nonisolated func note(_ body: () async throws -> sending Value) async {
    do {
      value = try await body()
    } catch {
      failure = error
    }
  }

  /// Tells who waits; on the scheduler's thread at once, where the task has run to its end.
  func finish(on remote: RemoteHandle) {
    guard remote.isOnItsThread else {
      remote.runOnLoop { self.wake() }
      return
    }
    wake()
  }

  private func wake() {
    isFinished = true
    ticket.wake()
  }

  /// Waits for the end of a task that has been cancelled together with its waiter.
  func wait(becauseOf error: any Error) throws {
    while !isFinished {
      ticket = WakeTicket()
      GreenThread.parkThroughCancellation(
        ticket, for: ParkReason("for a cancelled Swift task"))
    }
    if failure != nil { throw error }
  }

  func take() throws -> sending Value {
    if let failure { throw failure }
    // SAFETY: whoever made it had given it away, and this was its only place.
    nonisolated(unsafe) var taken = value.take()
    guard let value = unsafe taken.take() else {
      preconditionFailure("a Swift task has ended without an outcome")
    }
    return value
  }
}
