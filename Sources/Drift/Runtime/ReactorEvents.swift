internal import CoreShift
internal import GreenThreads

/// The event source of real programs: a reactor, one timer, and a door for other OS threads.
///
/// All deadlines share one timerfd: absolute, edge-triggered, never read, never disarmed, and armed
/// again only when the earliest deadline moves earlier. It has no slack, where epoll's own timeout
/// may be 50 microseconds late. A firing that nobody needs any more costs one turn of the loop.
@safe
final class ReactorEvents: EventSource {
  private let reactor: Cell<Reactor>
  private let targets: Cell<TokenTable<ReadinessTarget>>
  /// How many events the last wait has left in the reactor.
  private var eventCount = 0
  private var armed = Instant.distantFuture
  /// Processes that nobody holds any more, kept until they have ended and are reaped.
  ///
  /// Nil once the loop has ended, when nobody would be told of their end any more.
  @safe @exclusivity(unchecked) private var orphans: [ObjectIdentifier: ExitWatch]? = [:]
  /// The signals that streams of this scheduler take, each once.
  var signalIntakes: [Signal: SignalIntake] = [:]
  /// How often the kernel was asked what has happened.
  private(set) var pollCount = 0
  /// What has become of the processes that were started here.
  @safe @exclusivity(unchecked) var processes = ProcessCounters()
  /// Standard input, output and error, from their first use on; until the loop has ended.
  private var standardStreams: [Int32: InheritedStream]? = [:]
  /// How many green threads wait for a descriptor, a process, a signal or blocking work.
  let waiterCount: Cell<Int>
  /// Full turns of descriptors, of 64 KiB each, since the kernel was asked last.
  let turnsSincePoll: Cell<Int>
  /// How many bytes have gone through descriptors.
  let traffic: Cell<Traffic>
  /// Looks at several descriptors since the kernel was asked for the sake of one of them.
  private var looks = 0
  /// Events of registrations that had ended already.
  private(set) var staleEvents = 0
  /// What the children share.
  @safe @exclusivity(unchecked) var supplies = ChildSupplies()
  private let offloadLimits: OffloadLimits
  /// Nil until there is blocking work.
  @safe @exclusivity(unchecked) private var pool: BlockingPool?
  /// The loop's door, from the first registration to the loop's end.
  private let door = Guarded<RemoteHandle?>(nil)
  private var hasDoor = false
  private let timer: TimerDescriptor
  private let timerToken: Token
  private let interrupter: Interrupter
  private let interrupterToken: Token

  /// How many events one wait takes in: so few that what a wake touches is still in the processor's
  /// tables when its green thread runs.
  static let batchSize = 64
  /// After so many looks that may never have had to wait, others run and the kernel is asked.
  private static let looksBetweenPolls = 16

  init(_ offloadLimits: OffloadLimits = OffloadLimits()) throws(CoreError) {
    self.offloadLimits = offloadLimits
    var reactor = try Reactor()
    let timer = try TimerDescriptor()
    let interrupter = try Interrupter()
    timerToken = try reactor.register(timer)
    interrupterToken = try reactor.register(interrupter)
    self.reactor = Cell(reactor)
    self.timer = timer
    self.interrupter = interrupter
    targets = Cell(TokenTable())
    waiterCount = Cell(0)
    turnsSincePoll = Cell(0)
    traffic = Cell(Traffic())
  }

  deinit {
    reactor.destroy()
    targets.destroy()
    waiterCount.destroy()
    turnsSincePoll.destroy()
    traffic.destroy()
  }

  var now: Instant { .monotonicNow }
  var recently: Instant { .monotonicRecently }
  var timePasses: Bool { true }
  /// What the kernel itself allows a sleeping thread.
  var slack: Duration { .microseconds(50) }
  var needsLittleStack: Bool { true }
  var hasWaiters: Bool { waiterCount.it > 0 }
  func observe(_ tell: (StaticString, Int) -> Void) {
    tell("waiters for descriptors, processes and signals", waiterCount.it)
    tell("stale events", staleEvents)
    tell("polls", pollCount)
    tell("bytes read", traffic.it.read)
    tell("bytes written", traffic.it.written)
    if processes.spawned > 0 {
      tell("live processes", processes.live)
      tell("processes spawned", processes.spawned)
      tell("processes killed", processes.killed)
    }
    // Once it is there it stays until nobody looks any more.
    guard let (running, waiting) = pool?.counts else { return }
    tell("blocking work that runs", running)
    tell("blocking work that waits", waiting)
  }

  func wait(_ patience: Patience) {
    pollCount &+= 1
    turnsSincePoll.it = 0
    do {
      let limit: Duration? = patience == .none ? .zero : nil
      try arm(for: patience)
      eventCount = try reactor.it.wait(upTo: Self.batchSize, for: limit)
    } catch {
      fatalError("the event loop cannot wait: \(error)")
    }
  }

  /// Waits for the end of a child, or for as long as ``wait(_:)`` would have nothing.
  ///
  /// - Returns: whether the child has ended.
  func wait(_ patience: Patience, forEndOf child: NewChild) -> Bool {
    do {
      try arm(for: patience)
      return child.waitForEnd(orEventOf: reactor.it)
    } catch {
      fatalError("the event loop cannot wait: \(error)")
    }
  }

  @inline(__always)
  private func arm(for patience: Patience) throws(CoreError) {
    guard case .until(let deadline) = patience, deadline < armed else { return }
    try timer.arm(atMonotonicNanoseconds: deadline.nanoseconds)
    armed = deadline
  }

  func deliver() {
    let isRecorded = EventTrace.isRecording
    // SAFETY: the last wait has initialised so many, and the next one comes later.
    let events = unsafe reactor.it.events
    for index in 0..<eventCount {
      let event = unsafe events[index]
      if let target = targets.it[event.token] {
        target.note(event, isRecorded: isRecorded)
      } else if event.token == timerToken {
        armed = .distantFuture
      } else if event.token == interrupterToken {
        interrupter.acknowledge()
      } else {
        staleEvents &+= 1
      }
    }
    eventCount = 0
  }

  func interrupt() {
    interrupter.interrupt()
  }

  /// Sends the events of `descriptor`, from now on, to `target`, which takes itself out before it
  /// or the descriptor goes.
  func register(
    _ descriptor: borrowing Fd, for interest: Interest, target: ReadinessTarget
  ) throws(CoreError) -> Token {
    let token = try reactor.it.register(descriptor, for: interest, blocking: .allowed)
    if !hasDoor { openDoor() }
    targets.it.insert(target, for: token)
    return token
  }

  /// Ends a registration.
  ///
  /// The descriptor is still open: closing first could leave it in the kernel through a child's
  /// copy, and then nobody could remove it.
  ///
  /// - Parameters:
  ///   - token: the registration.
  ///   - isOurs: false where somebody else owns the number, and may have closed it meanwhile.
  func unregister(_ token: Token, isOurs: Bool = true) {
    targets.it.remove(token)
    do {
      try reactor.it.unregister(token)
    } catch  where !isOurs && Self.saysItIsGone(error.code) {
    } catch {
      fatalError("a registered descriptor cannot be removed: \(error)")
    }
  }

  /// Whether the number is nobody's by now, or somebody else's: of what is not in the kernel's set,
  /// or is a file, which cannot be.
  private static func saysItIsGone(_ code: ErrorCode) -> Bool {
    code == .badDescriptor || code == .notFound || code == .notPermitted
  }

  /// What is registered, or shared, may be sent to another OS thread, and has to come back to be
  /// ended.
  private func openDoor() {
    hasDoor = true
    let handle = RemoteHandle(.never)
    door.withLock { $0 = handle }
  }

  /// Whether the caller is on the loop's OS thread, and the loop has not ended: only then may
  /// anything be registered or unregistered.
  var isHere: Bool { GreenThread.isServed(by: self) }

  /// Has the loop do what only its OS thread may, for one who has come to another.
  ///
  /// - Returns: false when the loop has ended; then there is nothing to unregister from.
  func handOver(_ errand: @escaping @Sendable (ReactorEvents) -> Void) -> Bool {
    guard let door = door.withLock(\.self) else { return false }
    // SAFETY: used by the errand alone, on the loop's OS thread.
    nonisolated(unsafe) let events = self
    return door.runOnLoop { unsafe errand(events) }
  }

  /// Ends the program where `what` is done on another OS thread while the loop runs, which may be
  /// changing the same thing at that moment.
  @inline(__always)
  func requireHere(for what: StaticString) {
    if !isHere { requireEnd(for: what) }
  }

  @inline(never)
  private func requireEnd(for what: StaticString) {
    if door.withLock(\.self)?.hasEnded ?? true { return }
    fatalError(
      "\(what) on another OS thread than its scheduler's: do it there, by a `RemoteHandle`")
  }

  /// Now and then lets others run, for who looks again and again and always finds something ready.
  func noteLook() {
    looks += 1
    guard looks >= Self.looksBetweenPolls else { return }
    looks = 0
    GreenThread.yieldToEvents()
  }

  /// Keeps `target` alive until ``release(_:)``, or until the loop ends.
  func keep(_ target: ExitWatch) {
    orphans?[ObjectIdentifier(target)] = target
  }

  func release(_ target: ExitWatch) {
    if orphans?.isEmpty == false { orphans?[ObjectIdentifier(target)] = nil }
  }

  /// The stream that stands for `number`, always the same one.
  func standardStream(_ number: Int32, for access: Fd.Access) throws -> InheritedStream {
    if let stream = standardStreams?[number] { return stream }
    // A program that was started without it has one of its own there soon, such as the reactor's:
    // close-on-exec, which nothing is that came through an exec.
    let mode = try Fd.borrowing(number) { file throws(CoreError) in try file.execMode }
    if mode == .closed {
      throw CoreError(operation: "fcntl", code: .badDescriptor, subject: .descriptor(number))
    }
    let stream = try InheritedStream(number, for: access)
    stream.home = self
    if !hasDoor { openDoor() }
    standardStreams?[number] = stream
    return stream
  }

  /// The pool for what no descriptor tells the end of, made when it is first asked for.
  func blockingPool() throws(CoreError) -> BlockingPool {
    if let pool { return pool }
    let pool = try BlockingPool(offloadLimits, for: self)
    self.pool = pool
    return pool
  }

  /// The loop has ended: ends the pool, hands the signals back, and lets go of the processes that
  /// nobody holds.
  ///
  /// Each has been killed; its own deinit waits shortly for the end and reaps it.
  func finish() {
    pool?.finish()
    pool = nil
    standardStreams = nil
    // Here, since what a signal does is set for each OS thread.
    for intake in signalIntakes.values { intake.handBack() }
    door.withLock { $0 = nil }
    let left = orphans
    orphans = nil
    _ = consume left
  }
}
