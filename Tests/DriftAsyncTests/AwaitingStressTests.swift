import Drift
import DriftAsync
import Synchronization
import TestSupport
import Testing

/// Green threads and tasks that wait for each other while both sides are cancelled: a continuation
/// that is lost hangs here, and one that is resumed twice traps.
@Suite(.timeLimit(.minutes(2))) struct AwaitingStressTests {
  /// How many rounds of twenty callers each; 50 take some tenths of a second on an idle machine.
  private static let rounds = 50

  @Test func `green threads that await end as they must, whichever side is cancelled`()
    async throws
  {
    let seed = UInt64.random(in: 1...1_000_000)
    let lifetime = Lifetime()
    let outcomes = try await onScheduler {
      let remote = RemoteHandle()
      var random = SeededGenerator(seed: seed)
      var outcomes = 0
      for _ in 0..<Self.rounds {
        try withScope(isolatingFailures: { _ in }) { scope in
          let callers = (0..<20).map { number in
            // Every fourth waits for what nothing but its cancellation ends.
            let way = number % 4 == 0 ? 6 : Int.random(in: 0..<6, using: &random)
            let moments = Int.random(in: 0..<200, using: &random)
            return scope.spawn { try Self.callTask(way, moments, on: remote, Tracked(lifetime)) }
          }
          for _ in 0..<10 {
            callers[Int.random(in: 0..<20, using: &random)].cancel()
            switch Int.random(in: 0..<3, using: &random) {
            case 0: GreenThread.yield()
            case 1: try GreenThread.sleep(for: .microseconds(50))
            default: break
            }
          }
          for (number, caller) in callers.enumerated() {
            if number % 4 == 0 { caller.cancel() }
            outcomes += try Self.isExpected { try caller.join() } ? 1 : 0
          }
        }
      }
      return outcomes
    }
    #expect(outcomes == Self.rounds * 20, "seed \(seed)")
    #expect(lifetime.endsSoon, "seed \(seed)")
  }

  @Test func `tasks that await green threads end as they must, whichever side is cancelled`()
    async throws
  {
    let seed = UInt64.random(in: 1...1_000_000)
    let lifetime = Lifetime()
    let outcomes = try await onScheduler {
      let remote = RemoteHandle()
      // Detached: it runs on Swift's own threads, and not on the scheduler's.
      return try awaiting {
        try await Task.detached {
          var random = SeededGenerator(seed: seed)
          var outcomes = 0
          for _ in 0..<Self.rounds {
            outcomes += try await Self.callAndCancel(remote, lifetime, &random)
          }
          return outcomes
        }.value
      }
    }
    #expect(outcomes == Self.rounds * 20, "seed \(seed)")
    #expect(lifetime.endsSoon, "seed \(seed)")
  }

  @Test func `tasks that call a scheduler which ends are answered or refused`() async throws {
    let seed = UInt64.random(in: 1...1_000_000)
    let lifetime = Lifetime()
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let moments = Int.random(in: 0..<200, using: &random)
      let tasks = try await onScheduler {
        let remote = RemoteHandle()
        let tasks = (0..<4).map { number in
          Task.detached { try await Self.callUntilRefused(remote, number, lifetime) }
        }
        if moments > 20 { try GreenThread.sleep(for: .microseconds(moments)) }
        return tasks
      }
      for (number, task) in tasks.enumerated() {
        if number % 2 == 0 { task.cancel() }
        try await task.value
      }
    }
    #expect(lifetime.endsSoon, "seed \(seed)")
  }

  /// Waits for a task in one of the ways that there are, some of which cancel it from its side.
  private static func callTask(
    _ way: Int, _ moments: Int, on remote: RemoteHandle, _ tracked: Tracked
  ) throws {
    try awaiting {
      defer { withExtendedLifetime(tracked) {} }
      switch way {
      case 0: await Task.detached { await Task.yield() }.value
      case 1: try await Task.sleep(for: .microseconds(moments))
      case 2: unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      case 3:
        // Whoever has a task may cancel it, from any OS thread.
        let inner = Task.detached { try await Task.sleep(for: .seconds(600)) }
        await Task.detached { inner.cancel() }.value
        try await inner.value
      case 4: try await remote.run { try GreenThread.sleep(for: .microseconds(moments)) }
      case 6: try await Task.sleep(for: .seconds(600))
      default:
        try await remote.run {
          try withTimeout(.microseconds(moments)) { try GreenThread.sleep(for: .seconds(600)) }
        }
      }
    }
  }

  /// Has twenty tasks wait for a green thread each, and cancels some of both.
  private static func callAndCancel(
    _ remote: RemoteHandle, _ lifetime: Lifetime, _ random: inout SeededGenerator
  ) async throws -> Int {
    let tasks = (0..<20).map { number in
      let moments = Int.random(in: 0..<300, using: &random)
      return Task.detached {
        let tracked = Tracked(lifetime)
        try await remote.run {
          defer { withExtendedLifetime(tracked) {} }
          try withScope { scope in
            let inner = scope.spawn { try GreenThread.sleep(for: .microseconds(moments)) }
            if number % 3 == 0 { scope.cancel() }
            try inner.join()
          }
        }
      }
    }
    for _ in 0..<10 {
      tasks[Int.random(in: 0..<20, using: &random)].cancel()
      if Bool.random(using: &random) { await Task.yield() }
    }
    var outcomes = 0
    for task in tasks {
      do {
        try await task.value
        outcomes += 1
      } catch is CancellationError {
        outcomes += 1
      } catch is Cancelled {
        outcomes += 1
      }
    }
    return outcomes
  }

  /// Calls again and again, until the scheduler has ended or nobody wants it any more.
  private static func callUntilRefused(
    _ remote: RemoteHandle, _ number: Int, _ lifetime: Lifetime
  ) async throws {
    while true {
      let tracked = Tracked(lifetime)
      do {
        let answer = try await remote.run {
          if number > 1 { GreenThread.yield() }
          return tracked.number
        }
        if answer != 0 { throw Refused() }
      } catch is ResourceClosed {
        return
      } catch is CancellationError {
        return
      } catch is Cancelled {
        return
      }
    }
  }

  private static func isExpected(_ body: () throws -> Void) rethrows -> Bool {
    do {
      try body()
    } catch is Cancelled {
    } catch is CancellationError {
    } catch is DeadlineExceeded {
    }
    return true
  }
}
