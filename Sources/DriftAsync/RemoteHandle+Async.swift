public import Drift
private import Synchronization

extension RemoteHandle {
  /// Runs `body` on a green thread of the scheduler and awaits its end: the way from a task to
  /// green threads.
  ///
  /// Callable in any task. The green thread is one under the root scope.
  ///
  /// When the task is cancelled the green thread is, too, and is awaited. Its `Cancelled` then
  /// becomes a `CancellationError`.
  ///
  /// - Parameters:
  ///   - name: for reports; cut to 48 bytes.
  ///   - body: may park; what it captures is given away.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; `CancellationError`; `ResourceClosed` when the scheduler has
  ///   ended, or ends before the green thread has begun.
  @discardableResult
  public func run<Value>(
    name: String? = nil, _ body: sending @escaping () throws -> sending Value
  ) async throws -> sending Value {
    let call = GreenCall<Value>(body)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let promise = Promise(continuation)
        let isAccepted = submit(name: name) { call.run(promise) }
        if !isAccepted { promise.refuse() }
      }
      return try call.take()
    } onCancel: {
      call.isCancelled.store(true, ordering: .releasing)
      runOnLoop { call.cancel() }
    }
  }
}

/// One call of a green thread by a task.
// SAFETY: the body, the scope and the outcome belong to the scheduler's OS thread until the promise
// is kept, and to the task then.
@safe
private final class GreenCall<Value>: @unchecked Sendable {
  private var body: (() throws -> sending Value)?
  private var scope: Scope?
  private var value: Value?
  private var failure: (any Error)?
  let isCancelled = Atomic(false)

  init(_ body: sending @escaping () throws -> sending Value) {
    self.body = body
  }

  /// On the green thread.
  func run(_ promise: Promise) {
    do {
      value = try withScope { scope in
        self.scope = scope
        defer { self.scope = nil }
        // Who cancels sets this first and looks for the scope then.
        if isCancelled.load(ordering: .acquiring) { scope.cancel() }
        try GreenThread.checkCancellation()
        guard let body = self.body.take() else {
          preconditionFailure("a green thread was called twice for one task")
        }
        return try body()
      }
    } catch is Cancelled where isCancelled.load(ordering: .acquiring) {
      failure = CancellationError()
    } catch {
      failure = error
    }
    promise.keep()
  }

  /// On the scheduler's loop.
  func cancel() { scope?.cancel() }

  func take() throws -> sending Value {
    if let failure { throw failure }
    // SAFETY: whoever made it had given it away, and this was its only place.
    nonisolated(unsafe) var taken = value.take()
    guard let value = unsafe taken.take() else {
      preconditionFailure("a green thread has ended without an outcome")
    }
    return value
  }
}

/// A continuation that is resumed once, whatever becomes of the green thread that has it.
private final class Promise: Sendable {
  private let continuation: CheckedContinuation<Void, any Error>
  private let isResumed = Atomic(false)

  init(_ continuation: CheckedContinuation<Void, any Error>) {
    self.continuation = continuation
  }

  /// The scheduler has ended, and dropped what has not begun.
  deinit {
    refuse()
  }

  func keep() {
    if !isResumed.exchange(true, ordering: .relaxed) { continuation.resume() }
  }

  func refuse() {
    guard !isResumed.exchange(true, ordering: .relaxed) else { return }
    continuation.resume(throwing: ResourceClosed("the scheduler of a remote handle"))
  }
}
