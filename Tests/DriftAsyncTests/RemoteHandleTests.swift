import Drift
import DriftAsync
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct RemoteHandleTests {
  /// Runs a scheduler on an OS thread of its own until `body`, a task, has ended.
  private func withScheduler(
    _ body: @escaping @Sendable (RemoteHandle) async throws -> Void
  ) async throws {
    try await onScheduler {
      let remote = RemoteHandle()
      // Detached: it runs on Swift's own threads, and not on the scheduler's.
      try awaiting { try await Task.detached { try await body(remote) }.value }
    }
  }

  @Test func `a task awaits a green thread's value or error`() async throws {
    try await withScheduler { remote in
      let value = try await remote.run(name: "for a task") {
        try GreenThread.sleep(for: .milliseconds(1))
        return GreenThread.current.name
      }
      #expect(value == "for a task")
      await #expect(throws: Refused.self) { try await remote.run { throw Refused() } }
      let log = try await remote.run { EventLog() }
      log.note("given away")
    }
  }

  @Test func `cancelling the task cancels the green thread and waits for it`() async throws {
    try await withScheduler { remote in
      let hasEnded = Flag()
      let (begun, isBegun) = AsyncStream.makeStream(of: Void.self)
      let task = Task {
        try await remote.run {
          defer { hasEnded.raise() }
          isBegun.yield()
          try GreenThread.sleep(for: .seconds(600))
        }
      }
      for await _ in begun { break }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(hasEnded.isRaised)
    }
  }

  @Test func `a task that was cancelled before starts nothing`() async throws {
    try await withScheduler { remote in
      let task = Task {
        while !Task.isCancelled { await Task.yield() }
        _ = try await remote.run { Issue.record("begun") }
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test func `an ended scheduler is closed, and one that ends refuses what has not begun`()
    async throws
  {
    let kept = Guarded<RemoteHandle?>(nil)
    let waiting = Guarded<Task<Void, any Error>?>(nil)
    try await onScheduler {
      let remote = RemoteHandle()
      kept.withLock { $0 = remote }
      let task = Task<Void, any Error> { _ = try await remote.run { Issue.record("begun") } }
      waiting.withLock { $0 = task }
    }
    let remote = try #require(kept.withLock { $0 })
    await #expect(throws: ResourceClosed.self) { try await remote.run {} }
    let task = try #require(waiting.withLock { $0 })
    // It may have been refused by the end, or have come after it.
    await #expect(throws: ResourceClosed.self) { try await task.value }
  }
}
