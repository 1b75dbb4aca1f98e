internal import Drift
private import Synchronization

/// The jobs of Swift's concurrency that wait for a scheduler's OS thread, first come, first served.
///
/// Two queues, so that the scheduler's own OS thread takes no lock. What that one enqueues goes to
/// the other queue while anything waits there, and its own queue is run first: so no job overtakes
/// one of which its sender can know.
@safe
final class SchedulerJobs: Sendable {
  /// A job that was sent, with what runs it, which may have no other owner by then.
  private enum Sent: Sendable {
    /// Of an actor, or of a task that prefers the executor itself.
    case isolated(UnownedJob, to: SchedulerExecutor)
    /// Of a task that is isolated to nobody.
    case free(UnownedJob, on: TaskLane)

    func run() {
      switch self {
      case .isolated(let job, let executor):
        unsafe job.runSynchronously(
          isolatedTo: executor.asUnownedSerialExecutor(),
          taskExecutor: executor.asUnownedTaskExecutor())
      case .free(let job, let lane):
        unsafe job.runSynchronously(on: lane.asUnownedTaskExecutor())
      }
    }
  }

  /// A job of the scheduler's own OS thread; the scheduler keeps what runs it.
  private struct Own {
    let job: UnownedJob
    let isIsolated: Bool
  }

  private struct Mail: Sendable {
    var waiting: [Sent] = []
    /// Whether somebody has been asked to run them.
    var isSummoned = false

    /// Whether somebody must be asked.
    mutating func summon() -> Bool {
      if isSummoned || waiting.isEmpty { return false }
      isSummoned = true
      return true
    }
  }

  let remote = RemoteHandle(.never)
  /// From other OS threads, or after the scheduler's end.
  private let mail = Guarded(Mail())
  /// Whether something waits in `mail`.
  private let hasMail = Atomic(false)
  // SAFETY: of the scheduler's OS thread alone, while the scheduler lives; and behind a pointer,
  // because accesses to a variable of a class would be checked at run time.
  /// From the scheduler's OS thread.
  private nonisolated(unsafe) let own: UnsafeMutablePointer<[Own]>

  init() {
    unsafe own = .allocate(capacity: 1)
    unsafe own.initialize(to: [])
  }

  deinit {
    unsafe own.deinitialize(count: 1)
    unsafe own.deallocate()
  }

  /// Takes a job of an actor, or of a task that prefers the executor itself; from any OS thread.
  func append(_ job: UnownedJob, isolatedTo executor: SchedulerExecutor) {
    if !appendOwn(Own(job: job, isIsolated: true)) { send(.isolated(job, to: executor)) }
  }

  /// Takes a job of a task that is isolated to nobody, from any OS thread.
  func append(_ job: UnownedJob, on lane: TaskLane) {
    if !appendOwn(Own(job: job, isIsolated: false)) { send(.free(job, on: lane)) }
  }

  private func appendOwn(_ entry: Own) -> Bool {
    guard remote.isOnItsThread, !hasMail.load(ordering: .acquiring) else { return false }
    if unsafe own.pointee.isEmpty { _ = remote.summonCompanion() }
    unsafe own.pointee.append(entry)
    return true
  }

  private func send(_ entry: Sent) {
    let isFirst = mail.withLock { mail in
      mail.waiting.append(entry)
      hasMail.store(true, ordering: .releasing)
      return mail.summon()
    }
    if isFirst { summon() }
  }

  private func summon() {
    if remote.runOnLoop({ self.runMail() }) { return }
    Task.detached { self.runMail() }
  }

  /// Runs what the scheduler's OS thread has enqueued so far; what that enqueues comes later, when
  /// others have had a turn.
  func runOwn(for executor: SchedulerExecutor) {
    let count = unsafe own.pointee.count
    if count == 0 { return }
    guard remote.isOnItsThread else { return sendOwn(for: executor) }
    remote.countSwitches(count)
    let (isolated, preferred) = unsafe (
      executor.asUnownedSerialExecutor(), executor.asUnownedTaskExecutor()
    )
    let lane = unsafe executor.lane.asUnownedTaskExecutor()
    for index in 0..<count {
      let entry = unsafe own.pointee[index]
      if entry.isIsolated {
        unsafe entry.job.runSynchronously(isolatedTo: isolated, taskExecutor: preferred)
      } else {
        unsafe entry.job.runSynchronously(on: lane)
      }
    }
    if unsafe own.pointee.count == count {
      unsafe own.pointee.removeAll(keepingCapacity: true)
    } else {
      unsafe own.pointee.removeFirst(count)
      _ = remote.summonCompanion()
    }
  }

  /// The scheduler has ended: whoever runs what is sent is alone then.
  private func sendOwn(for executor: SchedulerExecutor) {
    let left: [Sent] = unsafe own.pointee.map { entry in
      entry.isIsolated ? .isolated(entry.job, to: executor) : .free(entry.job, on: executor.lane)
    }
    unsafe own.pointee = []
    let isFirst = mail.withLock { mail in
      mail.waiting = left + mail.waiting
      return mail.summon()
    }
    if isFirst { summon() }
  }

  /// Runs what has been sent so far, and before it what it must not overtake.
  private func runMail() {
    remote.companion?.takeTurn()
    let present = mail.withLock { mail in
      hasMail.store(false, ordering: .relaxed)
      defer { mail.waiting = [] }
      return mail.waiting
    }
    remote.countSwitches(present.count)
    for entry in present { entry.run() }
    let mustGoOn = mail.withLock { mail in
      mail.isSummoned = false
      return mail.summon()
    }
    if mustGoOn { summon() }
  }
}
