internal import CoreShift
internal import GreenThreads

/// A child process on the reactor: learns its end from the pidfd, reaps it, and wakes who waits.
///
/// Apart from ``ChildProcess`` so that it can outlive it: a child whose handle is gone stays with
/// the event source until it has ended, and leaves no zombie.
final class ExitWatch {
  private var process: ProcessDescriptor
  private let events: ReactorEvents
  private var token: Token?
  private var waiters: [WakeTicket] = []
  /// When its end was seen.
  private(set) var endTime: Instant?

  init(_ process: consuming ProcessDescriptor) throws(CoreError) {
    let events = ReactorEvents.current(for: "ChildProcess")
    self.events = events
    self.process = process
    token = try events.register(self.process.descriptor, for: .reading, target: .process(self))
  }

  deinit {
    if let token { events.unregister(token) }
  }

  var pid: Int32 { process.pid }
  var report: ExitReport? { process.exit }
  var leadsGroup: Bool { process.leadsGroup }

  func note(_ event: Event) {
    do {
      guard try process.pollExit() != nil else { return }
    } catch {
      fatalError("an ended child cannot be reaped: \(error)")
    }
    endTime = events.now
    EventTrace.note("end of process", Int64(pid))
    if let token { events.unregister(token) }
    token = nil
    wakeAll()
    events.release(self)
  }

  /// Wakes everybody who waits, for them to look again.
  func wakeAll() {
    let woken = waiters
    waiters = []
    for ticket in woken { ticket.wake() }
  }

  /// Parks until the process has ended, somebody calls ``wakeAll()``, or `deadline` comes.
  func wait(until deadline: Instant?) throws {
    let ticket = WakeTicket()
    enlist(ticket)
    defer { withdraw(ticket) }
    try GreenThread.park(
      ticket, for: ParkReason("for the end of process", Int64(pid)), until: deadline)
  }

  /// Has `ticket` used when the process ends.
  func enlist(_ ticket: WakeTicket) {
    waiters.append(ticket)
    events.waiterCount.it += 1
  }

  func withdraw(_ ticket: WakeTicket) {
    waiters.removeAll { $0 == ticket }
    events.waiterCount.it -= 1
  }

  func send(
    _ signal: Signal, to target: ProcessDescriptor.SignalTarget = .process
  ) throws(CoreError) {
    try process.send(signal, to: target)
  }

  func requestEnd() throws(CoreError) { try process.requestEnd() }
  func kill() throws(CoreError) { try process.kill() }

  /// Ends a process that nobody holds any more.
  ///
  /// The event source keeps it until it is reaped.
  func abandon() {
    guard report == nil else { return }
    try? process.kill()
    events.keep(self)
  }
}
