internal import Drift

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
  let jobs: SchedulerJobs
  /// Where the tasks of ``awaiting(priority:_:)`` run.
  let lane: TaskLane

  private init() {
    jobs = SchedulerJobs()
    lane = TaskLane(jobs)
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
    jobs.append(UnownedJob(job), isolatedTo: self)
  }

  /// This executor without its reference count, for an actor that keeps it alive itself.
  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    unsafe UnownedSerialExecutor(ordinary: self)
  }

  /// Whether the caller is in one of its jobs: true on the loop's stack, false on a green thread,
  /// where isolation would not outlast a park.
  public func isIsolatingCurrentContext() -> Bool? {
    jobs.remote.isOnItsThread && !GreenThread.isRunningOnOne
  }

  /// Traps where ``isIsolatingCurrentContext()`` is false.
  public func checkIsolated() {
    if isIsolatingCurrentContext() == true { return }
    fatalError(
      """
      this code is not isolated to the scheduler's executor: a green thread never is, because it \
      may park; call the actor inside `awaiting { await ... }`
      """)
  }
}

extension SchedulerExecutor: Companion {
  /// Runs the jobs that wait.
  package func takeTurn() { jobs.runOwn(for: self) }
}
