import Drift
import DriftAsync
import Glibc
import Synchronization
import TestSupport
import Testing

/// An actor whose code runs on a scheduler's OS thread.
private actor Pinned {
  private let executor: SchedulerExecutor
  private let thread = pthread_self()
  private var count = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  init(_ executor: SchedulerExecutor) {
    self.executor = executor
  }

  /// Whether it runs where it was made.
  func increment() -> Bool {
    count += 1
    return pthread_equal(pthread_self(), thread) != 0
  }

  var total: Int { count }

  nonisolated func assumed() -> Bool { assumeIsolated { $0.count >= 0 } }
}

/// What happened, in order, as jobs on several OS threads tell it.
private final class SharedLog: Sendable {
  private let notes = Guarded<[String]>([])

  var entries: [String] { notes.withLock { $0 } }

  func note(_ entry: String) { notes.withLock { $0.append(entry) } }
}

@Suite(.timeLimit(.minutes(2))) struct SchedulerExecutorTests {
  @Test func `an actor pinned to a scheduler runs on its OS thread, whoever calls`() async throws {
    try await onScheduler {
      let pinned = Pinned(.current)
      let results = try awaiting {
        await withTaskGroup(of: Bool.self) { group in
          for _ in 0..<100 {
            group.addTask { await Task.detached { await pinned.increment() }.value }
            group.addTask { await pinned.increment() }
          }
          return await group.reduce(into: []) { $0.append($1) }
        }
      }
      #expect(results.count == 200)
      #expect(results.allSatisfy { $0 })
      #expect(try awaiting { await pinned.total } == 200)
    }
  }

  @Test func `it is the same one for every green thread of a scheduler`() async throws {
    let first = try await onScheduler {
      let executor = SchedulerExecutor.current
      let other = GreenThread.spawn { SchedulerExecutor.current === executor }
      let isSame = try other.join()
      #expect(isSame)
      return executor
    }
    try await onScheduler { #expect(SchedulerExecutor.current !== first) }
  }

  @Test func `a job is isolated to it, and a green thread is not`() async throws {
    try await onScheduler {
      let executor = SchedulerExecutor.current
      let pinned = Pinned(executor)
      #expect(executor.isIsolatingCurrentContext() == false)
      #expect(try awaiting { executor.isIsolatingCurrentContext() } == true)
      #expect(try awaiting { pinned.assumed() })
      let elsewhere = try awaiting {
        await Task.detached { executor.isIsolatingCurrentContext() }.value
      }
      #expect(elsewhere == false)
    }
  }

  @Test func `assuming isolation on a green thread traps`() async {
    await #expect(processExitsWith: .failure) {
      try Drift.run { _ = Pinned(.current).assumed() }
    }
  }

  @Test func `jobs do not keep a green thread from its turn`() async throws {
    try await onScheduler {
      let executor = SchedulerExecutor.current
      let isOver = Flag()
      let spinner = Task(executorPreference: executor) {
        while !isOver.isRaised { await Task.yield() }
      }
      for _ in 0..<100 { try GreenThread.sleep(for: .microseconds(10)) }
      isOver.raise()
      try awaiting { await spinner.value }
    }
  }

  /// Has the calling OS thread, another one, and the calling one again enqueue a job each.
  private func enqueueInTurns(
    on executor: SchedulerExecutor, _ log: SharedLog
  ) -> [Task<Void, Never>] {
    let sent = Guarded<[Task<Void, Never>]>([])
    let note: @Sendable (String) -> Task<Void, Never> = { entry in
      Task(executorPreference: executor) { log.note(entry) }
    }
    let first = note("first")
    HelperThread { sent.withLock { $0 = [note("second")] } }.join()
    return [first] + sent.withLock { $0 } + [note("third")]
  }

  @Test func `a job overtakes none that was enqueued before it, on whatever OS thread`()
    async throws
  {
    try await onScheduler {
      let log = SharedLog()
      let tasks = enqueueInTurns(on: .current, log)
      try awaiting { for task in tasks { await task.value } }
      #expect(log.entries == ["first", "second", "third"])
    }
  }

  @Test func `jobs that are left when the scheduler ends keep their order`() async throws {
    let log = SharedLog()
    let tasks = try await onScheduler { enqueueInTurns(on: .current, log) }
    for task in tasks { await task.value }
    #expect(log.entries == ["first", "second", "third"])
  }

  @Test func `what is left when the scheduler ends still runs, one after the other`() async throws {
    let kept = Guarded<[Task<Int, Never>]>([])
    let executors = Guarded<[SchedulerExecutor]>([])
    try await onScheduler {
      let executor = SchedulerExecutor.current
      let left = (0..<10).map { number in
        Task(executorPreference: executor) {
          for _ in 0..<10 { await Task.yield() }
          return number
        }
      }
      kept.withLock { $0 = left }
      executors.withLock { $0 = [executor] }
    }
    var sum = 0
    for task in kept.withLock({ $0 }) { sum += await task.value }
    #expect(sum == 45)
    let executor = try #require(executors.withLock { $0.first })
    let pinned = Pinned(executor)
    _ = await pinned.increment()
    #expect(await pinned.total == 1)
  }
}
