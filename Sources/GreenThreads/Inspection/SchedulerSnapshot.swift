/// What a scheduler and its green threads were doing at one instant, for people and for programs.
///
/// Taken by call, on a green thread or from another OS thread through a ``RemoteHandle``; the
/// stacks are addresses until ``text(byteLimit:)`` or ``json(byteLimit:)`` names them. A copy: it
/// keeps nobody alive and goes anywhere.
public struct SchedulerSnapshot: Sendable {
  /// One green thread.
  public struct Thread: Sendable {
    /// As ``GreenThread/id``.
    public let id: UInt64
    /// The name given at its spawn; empty when it had none.
    public let name: String
    /// `Module/File.swift:12`.
    public let spawnSite: String
    /// Who opened the scope that it was spawned into; nil for the main one.
    public let parent: UInt64?
    /// What it does.
    public let state: State
    /// Whether what it does has been cancelled.
    public let isCancelled: Bool
    /// What it waits for; nil unless it is parked, or waits for its time to begin.
    public let reason: ParkReason?
    /// The green threads for which it waits: for their end, or until one gives up what it holds.
    public internal(set) var waitsFor: [UInt64]
    /// Who holds the lock that it waits for, or makes the ``Once`` value; nil where it waits for
    /// nothing of that kind.
    ///
    /// One that is not among the green threads has ended without unlocking.
    public let holder: UInt64?
    /// How long ago it was spawned.
    public let age: Duration
    /// How long ago it last parked, or was spawned; as exact as a turn of the loop.
    public let stoppedFor: Duration
    /// When its wait ends at the latest; nil for never.
    public let deadline: Instant?
    /// The return addresses on its stack, the innermost first, at most 32.
    ///
    /// Empty for one that has not begun.
    public let stack: [UInt]
  }

  /// What a green thread does.
  public enum State: String, Sendable {
    /// It has not begun.
    case fresh
    /// It runs, or ran when the snapshot was taken.
    case running
    /// It can run when its turn comes.
    case ready
    /// It waits.
    case parked
  }

  /// When the snapshot was taken, on the scheduler's clock.
  public let time: Instant
  /// When the scheduler must look at a green thread next; nil for never.
  public let nextDeadline: Instant?
  /// How many timers there are: one for each green thread with a deadline, of its own or around it,
  /// until that comes or the green thread ends.
  public let timerCount: Int
  /// The one that runs, then all others in the order in which they were spawned.
  public let threads: [Thread]
  /// How many there are, including those that did not fit.
  public let threadCount: Int
  /// What the scheduler has counted.
  public let counters: Counters
  /// What the event source says about itself.
  public let observations: [(name: String, count: Int)]
  /// The OS threads of this library, in the whole process.
  public let ownedThreads: [OwnedThread]
  /// Whether a green thread was stopped in the middle of something, so that a list may have been
  /// incomplete.
  public let isDegraded: Bool
  /// Whether some green threads were left out.
  public let isTruncated: Bool

  /// Of the calling green thread's scheduler.
  ///
  /// Costs some 100 ns a green thread. Does not park.
  ///
  /// - Parameter limit: how many green threads it describes at most.
  public init(limit: Int = 10_000) {
    let (thread, scheduler) = currentThread(for: "SchedulerSnapshot()")
    self.init(of: scheduler, by: thread, limit: limit)
  }

  init(of scheduler: SchedulerReference, by caller: ThreadReference?, limit: Int) {
    let capture = Capture(capacity: min(limit, scheduler.it.liveThreads + 1))
    capture.fill(from: scheduler, by: caller)
    self.init(capture)
  }

  init(_ capture: Capture) {
    time = capture.now
    nextDeadline = capture.nextDeadline
    timerCount = capture.timerCount
    threadCount = capture.liveThreads
    counters = capture.counters
    observations = capture.observations
    ownedThreads = OwnedThread.all
    isDegraded = capture.isDegraded
    isTruncated = capture.isTruncated
    let waits = Self.waits(in: capture)
    threads = (0..<capture.count).map { index in
      var thread = Thread(capture.image(index), capture.stack(index), at: capture.now)
      thread.waitsFor = waits[thread.id, default: []].sorted()
      return thread
    }.sorted {
      ($0.state == .running ? 0 : $0.id) < ($1.state == .running ? 0 : $1.id)
    }
  }

  /// Who waits for whom.
  private static func waits(in capture: Capture) -> [UInt64: [UInt64]] {
    var waits: [UInt64: [UInt64]] = [:]
    for index in 0..<capture.count {
      let image = capture.image(index)
      for waiter in [image.joiner, image.closer] where waiter != 0 {
        waits[visibleNumber(of: waiter), default: []].append(visibleNumber(of: image.serial))
      }
      if image.holder != 0 {
        waits[visibleNumber(of: image.serial), default: []].append(visibleNumber(of: image.holder))
      }
    }
    return waits
  }

  /// How many wait for each kind of thing, the most frequent first.
  public var waitCounts: [(kind: String, count: Int)] {
    var counts: [String: Int] = [:]
    for thread in threads { if let reason = thread.reason { counts[reason.kind, default: 0] += 1 } }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }
}

extension SchedulerSnapshot.State {
  init(of image: ThreadImage) {
    if image.isRunning {
      self = .running
    } else {
      switch image.phase {
      case .parked: self = .parked
      case .fresh, .delayed: self = .fresh
      case .free, .active, .finished: self = .ready
      }
    }
  }
}

extension SchedulerSnapshot.Thread {
  init(_ image: ThreadImage, _ stack: [UInt], at now: Instant) {
    id = visibleNumber(of: image.serial)
    name = image.name
    spawnSite = image.spawnSite
    parent = image.parent == 0 ? nil : visibleNumber(of: image.parent)
    state = SchedulerSnapshot.State(of: image)
    isCancelled = image.isCancelled
    reason = state == .parked || image.phase == .delayed ? image.reason : nil
    waitsFor = []
    holder = state == .parked && image.holder != 0 ? visibleNumber(of: image.holder) : nil
    age = max(.zero, image.spawnedAt.duration(to: now))
    stoppedFor = max(.zero, image.stoppedAt.duration(to: now))
    deadline = image.deadline == .distantFuture ? nil : image.deadline
    self.stack = stack
  }

  /// `7 "server"`, or `7` without a name.
  var displayName: String { name.isEmpty ? "\(id)" : "\(id) \(quoted(name))" }
}

extension RemoteHandle {
  /// What the scheduler does, seen from another OS thread, also when it is stuck in a green thread
  /// that does not park.
  ///
  /// Holds its OS thread for the moment of the copy, by a signal (SIGURG, whose handler is
  /// installed at the first call and passes on what is not ours). A system call that is not
  /// restarted after signals, such as `nanosleep`, ends early. Takes 200 ms at most.
  ///
  /// - Parameter limit: how many green threads the snapshot describes at most.
  /// - Returns: nil when the scheduler has ended, or its OS thread blocks SIGURG.
  public func snapshot(limit: Int = 1_000) -> SchedulerSnapshot? {
    lookout.capture(limit: limit)
  }
}
