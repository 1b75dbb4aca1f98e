internal import Drift
private import Synchronization

/// A scheduler as Swift's concurrency sees it: an executor for tasks and for actors.
///
/// Their jobs run on the scheduler's OS thread, one after the other, between green threads and on
/// the loop's own stack, so that they may touch what green threads touch, and must not park: that
/// traps. `Task(executorPreference: executor)` runs a task there; an actor whose `unownedExecutor`
/// is that of this executor lives there:
///
/// ```swift
/// actor Ledger {
///   private let executor: SchedulerExecutor
///   nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
/// }
/// ```
///
/// A green thread is never isolated to such an actor: `assumeIsolated` traps there, since another
/// job could run while it is parked. It goes through ``awaiting(priority:_:)``.
///
/// Once the scheduler has ended jobs still run, one after the other, on Swift's own threads, so
/// that no task hangs; what needs a green thread traps there.
public final class SchedulerExecutor: TaskExecutor, SerialExecutor {
  private struct Jobs {
    var waiting: [UnownedJob] = []
    /// Whether somebody has been asked to run them.
    var isSummoned = false

    mutating func takeAll() -> [UnownedJob] {
      defer { waiting = [] }
      return waiting
    }
  }

  let remote: RemoteHandle
  private let jobs = Mutex(Jobs())

  private init() {
    remote = RemoteHandle(.never)
  }

  /// The executor of the calling green thread's scheduler, always the same.
  public static var current: SchedulerExecutor {
    if let present = GreenThread.companion as? SchedulerExecutor { return present }
    let made = SchedulerExecutor()
    GreenThread.companion = made
    return made
  }

  /// Takes a job, from any OS thread.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isFirst = jobs.withLock { jobs in
      jobs.waiting.append(job)
      defer { jobs.isSummoned = true }
      return !jobs.isSummoned
    }
    if isFirst { summon() }
  }

  private func summon() {
    if remote.runOnLoop({ self.runJobs() }) { return }
    Task.detached { self.runJobs() }
  }

  /// Runs the jobs that wait now; those that they enqueue come later, when others have had a turn.
  private func runJobs() {
    for job in jobs.withLock({ $0.takeAll() }) {
      unsafe job.runSynchronously(
        isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }
    let hasMore = jobs.withLock { jobs in
      jobs.isSummoned = !jobs.waiting.isEmpty
      return jobs.isSummoned
    }
    if hasMore { summon() }
  }

  /// This executor without its reference count, for an actor that keeps it alive itself.
  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    unsafe UnownedSerialExecutor(ordinary: self)
  }

  /// Whether the caller is in one of its jobs: true on the loop's stack, false on a green thread,
  /// where isolation would not outlast a park.
  public func isIsolatingCurrentContext() -> Bool? {
    remote.isOnItsThread && !GreenThread.isRunningOnOne
  }

  /// Traps where ``isIsolatingCurrentContext()`` is false.
  public func checkIsolated() {
    precondition(
      isIsolatingCurrentContext() == true,
      """
      this code is not isolated to the scheduler's executor: a green thread never is, because it \
      may park; call the actor inside `awaiting { await ... }`
      """)
  }
}
