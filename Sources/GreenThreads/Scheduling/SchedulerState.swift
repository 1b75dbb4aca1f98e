/// All that one scheduler knows.
///
/// Lives at a fixed address while ``run(on:order:exclusivity:taskLocals:_:)`` runs.
@safe
struct SchedulerState {
  /// Who runs.
  ///
  /// First, because the overflow handler reads it from C.
  var current: ThreadReference?
  /// Who has lent its stack, and does not run as long as that is used.
  ///
  /// Second, for the same reason.
  var lender: ThreadReference?
  /// Ready and fresh green threads, in the order in which they became so.
  var queue = RunQueue()
  /// Switches until the event source is asked again.
  ///
  /// By count and not by time, so that the order of a program does not depend on how fast the
  /// machine is.
  var switchesLeft: Int32 = 0
  /// The same where there are detours and `switchesLeft` stays at zero: never the short way.
  var longWaysLeft: Int32 = 0
  // SAFETY: a variable of this OS thread, which no green thread leaves, or a constant.
  /// Zero while no access is in progress, so that a switch need not call Swift's runtime.
  let accesses: UnsafePointer<UInt>
  /// What the short way through a switch does not do; empty in a program as it is shipped.
  let detours: Detours
  /// Where Swift's task-locals are exchanged at each switch, if green threads have their own.
  let taskLocals: TaskLocalWord?
  /// Whether who parks last may wait for the source on its own stack, without the loop.
  let waitsInPlace: Bool
  /// Who does so now, and where its frames are then.
  var host: ThreadReference?
  var hostFrame: UnsafeMutableRawPointer?
  /// Stands for the loop's own stack, which is that of the caller of `run`.
  var loop: ThreadReference
  /// The Swift task, if any, in which `run` was called; the scheduler's own address while a green
  /// thread runs that has no stack, so that whatever would park finds out.
  var surroundingTask: UnsafeMutableRawPointer?

  /// Draws the order, if it is seeded.
  var random: SplitMix
  var timers = Timers()
  /// Where there are many timers the next wait for one ends no earlier, so that those who come
  /// within the source's slack share one wake of the OS thread.
  var timersRestUntil = Instant(nanoseconds: .min)
  /// The source's slack in nanoseconds.
  let slack: Int64
  /// Parked green threads that some deadline will wake, and those that begin later.
  var timedParks = 0
  var stacks = StackPools()
  /// The stack of the body that has just ended, until it is reused or pooled.
  var abandonedStack: UnsafeMutableRawPointer?
  var abandonedClass = StackClass.standard
  /// Where a green thread that ends saves a stack pointer that nobody will load.
  var abandonedPointer: UnsafeMutableRawPointer?

  /// What ThreadSanitizer calls the stack that was left for good last.
  var abandonedFiber: UnsafeMutableRawPointer?

  var threads = Slab<ThreadRecord>()
  var freeThreads: ThreadReference?
  var scopes = Slab<ScopeRecord>()
  var freeScopes: ScopeReference?
  /// Serials are unique in the process; those of one scheduler are one block of numbers, from here.
  let firstSerial: UInt64
  var nextSerial: UInt64
  var nextTimerSequence: UInt64 = 0

  // SAFETY: owned, from `makeScheduler` to `dispose`.
  /// Where all comes from that is not in here; unmanaged, so that no turn counts references to it.
  let outside: Unmanaged<Outside>
  /// What is to run on the loop's own stack, and what of it runs now.
  var errands: [@Sendable () -> Void] = []
  var errandsInHand: [@Sendable () -> Void] = []
  var companion: (any Companion)?
  /// Whether the companion has asked for a turn.
  var isCompanionSummoned = false
  /// How many green threads wait for what will come through a handle.
  var expectations = 0
  /// Lets other OS threads look at this scheduler while it lives.
  let lookout = Lookout()
  /// The scope of `GreenThread.spawn`; nil before the body of `run`, and when all in it have ended.
  var root: ScopeReference?
  /// Set once all wait for each other: the report, which `run` throws.
  var deadlock: Deadlock?
  var counters = Counters()
  /// Green threads that have not ended.
  var liveThreads = 0

  /// How often the loop has begun to let green threads run.
  var turns: UInt64 = 0
  /// In how many somebody ran, or something on the loop's own stack.
  var busyTurns: UInt64 = 0
  /// What the clock showed when the loop last looked: in every turn that follows a sleep, and
  /// otherwise in every sixteenth, so that reports know ages and no switch reads a clock.
  var lastTime = Instant.zero
  /// Where events are recorded, while somebody wants that.
  var trace: EventRing?
  /// Watches for green threads that do not stop, while somebody wants that.
  var stallWatch: SchedulerWatch?
  /// Watches for a time in which nobody runs, while somebody wants that.
  var idleWatch: SchedulerWatch?

  /// How many switches go by before the event source is asked without waiting.
  ///
  /// An empty poll costs about ten switches, so this spends some 4 % of a program that does nothing
  /// but yield.
  static let switchesBetweenPolls: Int32 = 256

  /// How many green threads whose deadlines have come go before the others until then.
  static let timersBetweenPolls = Int(switchesBetweenPolls / 4 * 3)

  /// From how many timers on a wait may use the source's slack.
  static let manyTimers = 256

  /// How many serials belong to one scheduler: a million a second for twelve days, and then they
  /// are still unique within it.
  static let serialsInBlock: UInt64 = 1 << 40

  /// The block of the process's `number`th scheduler, from 1 on: as many as there are have one to
  /// themselves, and the next begin again with the first.
  ///
  /// None begins with 0, which as a serial is nobody's.
  static func firstSerial(ofScheduler number: UInt64) -> UInt64 {
    let blocks = UInt64.max / serialsInBlock
    return ((number &- 1) % blocks + 1) &* serialsInBlock
  }
}

/// What brings something to a scheduler.
final class Outside {
  let source: any EventSource
  let inbox: Inbox

  init(_ source: any EventSource, _ inbox: Inbox) {
    self.source = source
    self.inbox = inbox
  }
}

extension SchedulerState {
  var source: any EventSource { unsafe outside._withUnsafeGuaranteedRef(\.source) }
  var inbox: Inbox { unsafe outside._withUnsafeGuaranteedRef(\.inbox) }
}

/// What makes a scheduler leave the short way through a switch.
///
/// One byte, so that one test tells.
struct Detours: OptionSet {
  let rawValue: UInt8

  /// The order is drawn from a seed.
  static let shuffled = Detours(rawValue: 1)
  /// All green threads share one list of accesses, or the runtime has none.
  static let sharedAccesses = Detours(rawValue: 2)
  /// AddressSanitizer must be told of every switch.
  static let sanitized = Detours(rawValue: 4)
  /// ThreadSanitizer must be told of every switch.
  static let fibers = Detours(rawValue: 8)
  /// Each green thread has task-locals of its own.
  static let taskLocals = Detours(rawValue: 16)
  /// Those that need another routine to switch by.
  static let notByTheSwitchItself = Detours(rawValue: 2 | 4 | 8 | 16)
}

extension Reference where Record == SchedulerState {
  /// What the source's clock shows.
  var now: Instant {
    @inline(__always) get { unsafe it.outside._withUnsafeGuaranteedRef { $0.source.now } }
  }

  /// Who runs, or has lent its stack to what runs; nil while the loop does, wherever.
  var runner: ThreadReference? { it.current ?? it.lender }

  /// Whether who runs has no stack of its own to park on.
  var isWithoutStack: Bool {
    unsafe it.surroundingTask == UnsafeMutableRawPointer(pointer)
  }

  /// Puts `thread` at the tail of what can run.
  @inline(__always)
  func enqueue(_ thread: ThreadReference) {
    thread.it.phase = .active
    it.queue.append(thread)
  }

  var isShuffled: Bool {
    @inline(__always) get { it.detours.contains(.shuffled) }
  }

  /// Begins to count down to the next poll.
  @inline(__always)
  func beginTurn() {
    let count = SchedulerState.switchesBetweenPolls
    it.switchesLeft = it.detours.isEmpty ? count : 0
    it.longWaysLeft = count
    it.turns &+= 1
    it.counters.longestQueue = max(it.counters.longestQueue, it.queue.count)
  }

  /// Gives the loop the next turn, and with it the event source.
  func pollAtNextSwitch() {
    it.switchesLeft = min(it.switchesLeft, 1)
    it.longWaysLeft = min(it.longWaysLeft, 1)
  }

  /// Counts what was not a switch, but took its time.
  func countSwitches(_ count: Int) {
    let count = Int32(clamping: count)
    if it.detours.isEmpty { it.switchesLeft = max(it.switchesLeft, 0) &- count }
    it.longWaysLeft = max(it.longWaysLeft, 0) &- count
  }

  /// Whether it is not yet the event source's turn.
  var hasSwitchesLeft: Bool { (it.detours.isEmpty ? it.switchesLeft : it.longWaysLeft) > 1 }

  /// Counts a switch and takes out the first in the queue, if that is all there is to do.
  @inline(__always)
  func takeFirstByTheShortWay() -> ThreadReference? {
    it.switchesLeft &-= 1
    guard it.switchesLeft > 0, let first = it.queue.first, unsafe first.it.stackPointer != nil
    else { return nil }
    it.queue.removeFirst()
    return first
  }

  /// Who is next when it is not simply the first in the queue: the loop, when its turn has come or
  /// nobody else can run; somebody drawn by the seed; somebody who needs a stack first.
  @inline(never)
  func nextByTheLongWay() -> ThreadReference {
    if !it.detours.isEmpty {
      it.longWaysLeft &-= 1
      if it.longWaysLeft <= 0 { return it.loop }
    } else if it.switchesLeft <= 0 || it.queue.isEmpty {
      return it.loop
    }
    return nextRunnable() ?? it.loop
  }

  /// Takes out who runs next, with a stack to run on.
  @inline(never)
  func nextRunnable() -> ThreadReference? {
    while true {
      if isShuffled && !it.queue.isEmpty { shuffle() }
      guard let thread = it.queue.first else { return nil }
      it.queue.removeFirst()
      if unsafe thread.it.stackPointer != nil || attachStack(to: thread, on: self) {
        return thread
      }
    }
  }

  /// Lets the seed choose who is first.
  @inline(never)
  private func shuffle() {
    let number = it.random.next()
    it.queue.moveToFront { Int(truncatingIfNeeded: number % UInt64($0)) }
  }

  /// Takes out the next green thread if its body can begin on a stack of `stackClass` that has just
  /// become free.
  @inline(__always)
  func nextToBegin(on stackClass: StackClass) -> ThreadReference? {
    guard it.switchesLeft > 1, let thread = it.queue.first else { return nil }
    guard unsafe thread.it.stackPointer == nil, thread.it.stackClass == stackClass else {
      return nil
    }
    it.switchesLeft &-= 1
    it.queue.removeFirst()
    return thread
  }

  /// Whether the scheduler may have given out this number.
  @inline(__always)
  func hasGivenOut(_ serial: UInt64) -> Bool {
    serial &- it.firstSerial <= it.nextSerial &- it.firstSerial
  }

  /// A number that no other green thread or scope of this process has had.
  @inline(__always)
  func makeSerial() -> UInt64 {
    it.nextSerial &+= 1
    return it.nextSerial
  }

  /// The same number as people see it: from 1, and the same on every run.
  ///
  /// Reads nothing of the scheduler, which may have ended.
  func visible(_ serial: UInt64) -> UInt64 {
    visibleNumber(of: serial)
  }
}
