internal import Drift

/// The jobs of Swift's concurrency that wait for a scheduler's OS thread, those of one OS thread in
/// the order in which they came.
final class SchedulerJobs: Sendable {
  enum Entry: Sendable {
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

  private struct State: Sendable {
    var waiting: [Entry] = []
    /// Empty, but for the memory that the next ones get.
    var spare: [Entry] = []
    /// Whether somebody has been asked to run them.
    var isSummoned = false

    /// Whether somebody must be asked.
    mutating func append(_ entry: Entry) -> Bool {
      waiting.append(entry)
      defer { isSummoned = true }
      return !isSummoned
    }

    mutating func takeAll() -> [Entry] {
      var all = spare.take()
      swap(&all, &waiting)
      return all
    }

    /// Whether more have come.
    mutating func giveBack(_ memory: consuming [Entry]) -> Bool {
      spare = memory
      isSummoned = !waiting.isEmpty
      return isSummoned
    }
  }

  let remote = RemoteHandle(.never)
  /// From other OS threads, or after the scheduler's end.
  private let sent = Guarded(State())
  // SAFETY: of the scheduler's OS thread alone, while the scheduler lives.
  /// From the scheduler's OS thread.
  private nonisolated(unsafe) var own = State()

  /// Takes a job, from any OS thread.
  func append(_ entry: Entry) {
    if remote.isOnItsThread {
      if unsafe own.append(entry) { remote.runOnLoop { self.runOwn() } }
    } else {
      if sent.withLock({ $0.append(entry) }) { summon() }
    }
  }

  private func summon() {
    if remote.runOnLoop({ self.runSent() }) { return }
    Task.detached { self.runSent() }
  }

  /// Runs those that wait now; those that they enqueue come later, when others have had a turn.
  private func runOwn() {
    var present = unsafe own.takeAll()
    guard remote.isOnItsThread else {
      // The scheduler has ended: whoever runs what is sent is alone then.
      for entry in present { append(entry) }
      return
    }
    remote.countSwitches(present.count)
    for entry in present { entry.run() }
    present.removeAll(keepingCapacity: true)
    if unsafe own.giveBack(present) { remote.runOnLoop { self.runOwn() } }
  }

  /// The same for those that were sent.
  private func runSent() {
    var present = sent.withLock { $0.takeAll() }
    remote.countSwitches(present.count)
    for entry in present { entry.run() }
    present.removeAll(keepingCapacity: true)
    if sent.withLock({ $0.giveBack(present) }) { summon() }
  }
}

extension Array {
  /// Its elements; it is empty then and has no memory.
  fileprivate mutating func take() -> [Element] {
    defer { self = [] }
    return self
  }
}
