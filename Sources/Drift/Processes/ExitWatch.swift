internal import CoreShift
internal import GreenThreads

/// A child process on the reactor: learns its end from the pidfd, reaps it, and wakes who waits.
///
/// Apart from ``ChildProcess`` so that it can outlive it: a child whose handle is gone stays with
/// the event source until it has ended, and leaves no zombie. Nobody has to wait for it, so that a
/// deinit parks nowhere.
///
/// What changes with every child is not checked for overlapping accesses, here and in the other
/// classes on its way: green threads of one OS thread take turns, and none parks inside of one.
final class ExitWatch {
  @safe @exclusivity(unchecked) private var process: ProcessDescriptor
  let pid: Int32
  let events: ReactorEvents
  @safe @exclusivity(unchecked) private var token: Token?
  /// Who waits; mostly one, which needs no array.
  @safe @exclusivity(unchecked) private var waiter: WakeTicket?
  @safe @exclusivity(unchecked) private var furtherWaiters: [WakeTicket] = []
  private let survivors: RunPolicy.SurvivorPolicy
  private let onDrop: Command.DropPolicy
  @safe @exclusivity(unchecked) private var seenEnd: Instant?
  /// What a green thread feeds: closed with the end, since a descendant may never read it.
  var fed: Descriptor?
  /// Closed with the end, which alone is told of until then.
  @safe @exclusivity(unchecked) var heldOutputs: HeldOutputs?

  /// Nobody need tell of an end that was seen already.
  init(
    _ process: consuming ProcessDescriptor, as command: borrowing Command, hasEnded: Bool = false
  ) throws(CoreError) {
    let events = ReactorEvents.current(for: "ChildProcess")
    self.events = events
    pid = process.pid
    self.process = process
    survivors = command.survivors
    onDrop = command.onDrop
    if hasEnded { takeEnd() }
    // One that is traced is still to be collected by its tracer.
    if self.process.exit == nil {
      token = try events.register(self.process.descriptor, for: .reading, target: .process(self))
    }
    events.processes.spawned += 1
  }

  deinit {
    // Else the loop has ended, which has nothing to forget any more.
    if let token, events.isHere { events.unregister(token) }
  }

  /// How it ended; nil while it runs.
  var report: ExitReport? {
    requireHere()
    return process.exit
  }
  /// When its end was seen.
  var endTime: Instant? {
    requireHere()
    return seenEnd
  }
  var leadsGroup: Bool { process.leadsGroup }

  func note(_ event: Event) {
    guard takeEnd() else { return }
    if let token { events.unregister(token) }
    token = nil
    fed?.close()
    fed = nil
    heldOutputs = nil
    wakeAll()
    events.release(self)
  }

  /// Learns how it ended, and reaps it; false where its tracer has still to do so.
  @discardableResult
  private func takeEnd() -> Bool {
    // Still a zombie, whose group's number is nobody else's.
    if survivors == .kill && leadsGroup { try? process.kill() }
    do {
      guard try process.pollExit() != nil else { return false }
    } catch {
      fatalError("an ended child cannot be reaped: \(error)")
    }
    events.processes.reaped += 1
    seenEnd = events.now
    EventTrace.note("end of process", Int64(pid))
    return true
  }

  /// Wakes everybody who waits, for them to look again.
  func wakeAll() {
    if let first = waiter {
      waiter = nil
      events.waiterCount.it -= 1
      first.wake()
    }
    if furtherWaiters.isEmpty { return }
    let woken = furtherWaiters
    furtherWaiters = []
    events.waiterCount.it -= woken.count
    for ticket in woken { ticket.wake() }
  }

  /// Has the end, or ``wakeAll()``, use this ticket.
  func enlist(_ ticket: WakeTicket) {
    if waiter == nil { waiter = ticket } else { furtherWaiters.append(ticket) }
    events.waiterCount.it += 1
  }

  /// Takes the ticket back, if it has not been used.
  func withdraw(_ ticket: WakeTicket) {
    if waiter == ticket {
      waiter = nil
      events.waiterCount.it -= 1
    } else if let index = furtherWaiters.firstIndex(of: ticket) {
      furtherWaiters.remove(at: index)
      events.waiterCount.it -= 1
    }
  }

  /// Parks until the process has ended, somebody calls ``wakeAll()``, or `deadline` comes.
  func wait(until deadline: Instant?) throws {
    let ticket = WakeTicket()
    enlist(ticket)
    defer { withdraw(ticket) }
    try GreenThread.park(
      ticket, for: ParkReason("for the end of process", Int64(pid)), until: deadline)
  }

  /// Ends the program on another OS thread than the scheduler's: the loop may be noting the end at
  /// that moment.
  func requireHere() { events.requireHere(for: "a child is looked after") }

  func send(
    _ signal: Signal, to target: ProcessDescriptor.SignalTarget = .process
  ) throws(CoreError) {
    requireHere()
    try process.send(signal, to: target)
  }

  func requestEnd() throws(CoreError) { try process.requestEnd() }

  func pollGroup() -> ProcessDescriptor.GroupState { process.pollGroup() }

  func hasOnlyZombies() -> Bool { process.hasOnlyZombies() }

  func isIn(group: Int32) -> Bool { process.isIn(group: group) }

  /// Whether a signal reaches the group that it leads, of which it may have been the first to go.
  var canSignalGroup: Bool { process.exit == nil || process.pollGroup() != .unknown }

  func kill() throws(CoreError) {
    if report == nil { events.processes.killed += 1 }
    try process.kill()
  }

  /// Ends a process that nobody holds any more, or lets it go.
  ///
  /// The event source keeps it until it is reaped.
  func abandon() {
    if events.isHere { abandonHere() } else { abandonElsewhere() }
  }

  private func abandonHere() {
    guard report == nil else { return }
    switch onDrop {
    case .kill: try? kill()
    case .detach: process.dropPolicy = .leave
    }
    events.keep(self)
  }

  /// On another OS thread than the scheduler's, where the child was sent; or when the loop has
  /// ended.
  private func abandonElsewhere() {
    // SAFETY: the loop's own, which keeps it; whoever let go of the child had nothing else of it.
    nonisolated(unsafe) let watch = self
    let isAccepted = events.handOver { _ in unsafe watch.abandonHere() }
    if isAccepted { return }
    switch onDrop {
    case .kill: try? process.kill()
    case .detach: process.dropPolicy = .leave
    }
  }
}
