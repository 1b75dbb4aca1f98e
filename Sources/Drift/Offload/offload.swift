internal import GreenThreads

/// Runs `body` on an OS thread of a small pool, for a call that blocks and that no descriptor tells
/// the end of.
///
/// Parks the calling green thread meanwhile; all others go on. The pool belongs to the surrounding
/// `run`, starts its OS threads when they are first needed, and has all signals blocked in them;
/// ``threads`` lists them. `body` runs off the scheduler: it must not touch green threads, channels
/// or descriptors of this library, which trap or refuse.
///
/// Cancellation: checked on entry. Work that no worker has taken yet is taken back: it never runs.
/// Work that has begun cannot be stopped; `whenCancelled` says whether its caller waits for it.
/// What has ended by the time the caller runs again is returned in spite of a cancellation.
///
/// - Parameters:
///   - name: what reports call it, cut to 32 bytes between characters.
///   - whenFull: what to do when all workers are busy and as many wait as ``OffloadLimits`` allows.
///   - whenCancelled: what to do when it has begun. When the caller leaves, the outcome is
///     destroyed once, on the worker as a rule.
///   - body: called once at most; what it captures is let go before the caller goes on.
/// - Returns: what `body` returns, which changes hands without a copy.
/// - Throws: what `body` throws; `Cancelled`; `ResourceBusy` when the pool is saturated;
///   `ThreadUnavailable` and `CoreError` when it cannot begin.
public func offload<Value: ~Copyable>(
  _ name: String = "work", whenFull: OffloadSaturation = .refused,
  whenCancelled: OffloadCancellation = .leaves,
  _ body: @escaping @Sendable () throws -> sending Value
) throws -> sending Value {
  try GreenThread.checkCancellation()
  let pool = try ReactorEvents.current(for: "offload").blockingPool()
  let outcome = OffloadOutcome<Value>()
  try pool.run(name, whenFull, whenCancelled) { outcome.note(body) }
  return try outcome.take()
}

/// What a worker leaves for a caller.
// SAFETY: the worker writes it once, before the queue's lock tells the caller that it has; the
// caller reads it only after that. Who has left reads nothing, and the last to let go destroys it.
@safe
private final class OffloadOutcome<Value: ~Copyable>: @unchecked Sendable {
  private var value: Value?
  private var failure: (any Error)?

  func note(_ body: () throws -> sending Value) {
    do {
      value = try body()
    } catch {
      failure = error
    }
  }

  func take() throws -> sending Value {
    if let failure { throw failure }
    // SAFETY: whoever made it had given it away, and this was its only place.
    nonisolated(unsafe) var taken = value.take()
    guard let value = unsafe taken.take() else {
      preconditionFailure("blocking work has ended without an outcome")
    }
    return value
  }
}
