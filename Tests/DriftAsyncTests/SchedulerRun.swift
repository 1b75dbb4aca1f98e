import Drift
import TestSupport

/// Runs `body` as the first green thread of a scheduler on an OS thread of its own, and awaits its
/// end.
///
/// Unlike `onOwnThread` it does not block the thread that the test runs on: tests run on Swift's
/// own few threads, which the tasks under test need.
func onScheduler<Value: Sendable>(
  on makeSource: (@Sendable () -> any EventSource)? = nil,
  _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
  var thread: HelperThread?
  defer { thread?.join() }
  return try await withCheckedThrowingContinuation { continuation in
    thread = HelperThread {
      continuation.resume(
        with: Result {
          guard let makeSource else { return try Drift.run(body) }
          return try run(on: makeSource(), body)
        })
    }
  }
}
