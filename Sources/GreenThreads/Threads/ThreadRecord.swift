internal import CGreenThreads

/// All that the scheduler knows of one green thread, but for its stack.
///
/// Ordered by use: a switch touches the first cache line, a park the second, spawn and join the
/// next two, and only a named or timed green thread the rest.
@safe
struct ThreadRecord {
  // --- What a switch touches ---

  /// Where its registers lie while it does not run; nil until it has been given a stack.
  var stackPointer: UnsafeMutableRawPointer?
  /// The next in the list of free records; while it waits for a join, whose end has woken it.
  var next: ThreadReference?
  /// Swift's list of accesses in progress, while it does not run.
  var accesses: (UInt, UInt) = (0, 0)
  /// Counts tickets and the end, by two, and wakes: a ticket is good while its epoch is this one.
  var epoch: UInt64 = 0
  /// Who has cancelled what it does now, as the serial of a scope or thread; 0 for nobody.
  var cancelledBy: UInt64 = 0
  var phase = Phase.free
  var cause = WakeCause.ready
  /// Whether a cancellation may end the present park; set by each park.
  var isCancellable = false
  var stackClass: StackClass = .standard
  /// Where its entry stands in the timer heap; -1 when it has none.
  var timerIndex: Int32 = -1
  let scheduler: SchedulerReference

  // --- What a park touches beside ---

  var reason = ParkReason.yielding
  /// When it has last parked, as the loop's clock had it then.
  var stoppedAt = Instant.zero
  var parkDeadline = Instant.distantFuture
  /// The earliest deadline of the scopes that it has entered itself.
  var enclosingDeadline = Instant.distantFuture
  /// Orders equal deadlines by when they were set: of its latest one.
  var parkSequence: UInt64 = 0

  // --- What spawn and join touch, to the label's name ---

  /// Unique in the process, and 0 while the record is free: tells a stale handle.
  var serial: UInt64 = 0
  /// The scope that it was spawned into.
  var home: ScopeReference
  /// The scope, deadline or shield that it is inside of; `home` at first.
  var innermost: ScopeReference
  var nextSibling: ThreadReference?
  var previousSibling: ThreadReference?
  /// A ``Launcher``, from the spawn until the record is free; see ``Reference/launch(_:)``.
  var launcher: (UInt, UInt) = (0, 0)
  /// What is bound to ``GreenThread/Local``s; nil for nothing.
  var locals: LocalValues?

  /// The closure before it starts, and its result when it has finished.
  var payload: (UInt, UInt, UInt, UInt) = (0, 0, 0, 0)
  /// Who waits for it to finish.
  var joiner: WakeTicket?
  /// What the body threw, until a join takes it.
  var failure: (any Error)?
  /// Whether its result has no value, so that nothing is kept once it has succeeded.
  var keepsNothing = false

  /// Who cancelled this green thread itself through its handle; 0 for nobody.
  var ownCancellation: UInt64 = 0
  var spawnedAt = Instant.zero
  /// That of its entry in the timer heap, which may be older than `parkSequence`.
  var timerSequence: UInt64 = 0
  /// While it waits for what some green thread holds: where the serial of that one stands.
  var holder: Reference<UInt64>?
  /// Begins with what every spawn writes; the name is last.
  var label = unsafe cgreenthreads_label()

  // --- What only a detour touches ---

  /// AddressSanitizer's own stack, while it does not run; or ThreadSanitizer's name for its stack.
  var shadowStack: UnsafeMutableRawPointer?
  /// What is bound to Swift's task-locals, while it does not run and has its own; 0 for nothing.
  var taskLocals: UInt = 0
  /// What its handles refer to, if it was to begin later.
  var origin: DelayedReference?

  init(scheduler: SchedulerReference, home: ScopeReference) {
    self.scheduler = scheduler
    self.home = home
    innermost = home
  }

  enum Phase: UInt8 {
    /// The record is in the free list.
    case free
    /// In the run queue, without a stack: its body has not begun.
    case fresh
    /// Waits for the time at which its body is to begin, without a stack, and has been asked for;
    /// see ``DelayedRecord``.
    case delayed
    /// Running, or in the run queue.
    case active
    case parked
    /// The body has ended, and its outcome waits for a join or the scope's end.
    case finished
  }

  /// Whether its body has begun; before that it has no stack.
  var hasBegun: Bool { phase != .fresh && phase != .delayed }

  /// The earliest time at which the timer queue must look at it.
  var nextDeadline: Instant {
    min(parkDeadline, enclosingDeadline)
  }
}

/// What a launcher is asked to do with the payload.
@usableFromInline
enum LaunchStep {
  /// Take the body out, run it, put its result in; or return what it threw.
  case run
  /// Destroy the body: it will never run.
  case dropBody
  /// Destroy the result: nobody joined.
  case dropResult
}

@usableFromInline
typealias Launch = (LaunchStep, Payload) -> (any Error)?

/// Runs a green thread's body, or destroys the body or the result in its payload.
///
/// Not copyable, because calling a closure that could be copied retains and releases it.
struct Launcher: ~Copyable {
  let run: Launch
}

// SAFETY: two words hold a launcher, which is a closure: its code and what it has captured, 0 for
// nothing. A record has one from `setLauncher` to `dropLauncher`, and is asked only between them.
extension Reference where Record == ThreadRecord {
  @inline(__always)
  private var launcher: UnsafeMutablePointer<Launcher> {
    unsafe place(ofLauncher: &it.launcher)
  }

  @inline(__always)
  func setLauncher(_ launch: @escaping Launch) {
    unsafe launcher.initialize(to: Launcher(run: launch))
  }

  /// Does `step` with what lies in the payload.
  @inline(__always)
  func launch(_ step: LaunchStep) -> (any Error)? {
    // Out of the record meanwhile, because where it lies it would be copied, and so retained.
    let launcher = unsafe launcher.move()
    let error = unsafe launcher.run(step, Payload(&it.payload))
    unsafe self.launcher.initialize(to: launcher)
    return error
  }

  /// Only where the compiler did not specialize `spawn` is there anything to drop.
  @inline(__always)
  func dropLauncher() {
    if it.launcher.1 != 0 { releaseLauncher() }
  }

  @inline(never)
  private func releaseLauncher() {
    unsafe launcher.deinitialize(count: 1)
    it.launcher = (0, 0)
  }
}

extension Reference where Record == DelayedRecord {
  @inline(__always)
  func setLauncher(_ launch: @escaping Launch) {
    unsafe place(ofLauncher: &it.launcher).initialize(to: Launcher(run: launch))
  }

  @inline(__always)
  func moveLauncher(to thread: ThreadReference) {
    thread.it.launcher = it.launcher
  }
}

@inline(__always)
private func place(
  ofLauncher words: UnsafeMutableRawPointer
) -> UnsafeMutablePointer<Launcher> {
  unsafe words.assumingMemoryBound(to: Launcher.self)
}
