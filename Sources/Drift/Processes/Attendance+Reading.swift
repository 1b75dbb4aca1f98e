internal import CoreShift
internal import GreenThreads

// What the calling green thread does itself: it waits for the children and reads their pipes.
extension Attendance {
  /// Returns when there is something new: a child has ended, an output was read, somebody asks for
  /// the end, or `deadline` has come.
  ///
  /// Parks, unless an output had something to read, or was at its end.
  func wait(until deadline: Instant?) throws {
    // An output that never runs dry must not hide the end, the time, or a cancellation.
    if readOn() { return try GreenThread.checkCancellation() }
    let ticket = WakeTicket()
    for child in children where child.exitReport == nil { child.watch.enlist(ticket) }
    var hasNews = false
    for drain in ownDrains where !drain.isEnded {
      keepFailure { try drain.enlist(ticket) }
      if drain.isEnded { hasNews = true }
    }
    defer {
      for child in children { child.watch.withdraw(ticket) }
      for drain in ownDrains { drain.withdraw(ticket) }
    }
    // Nobody else tells of it.
    if hasNews { ticket.wake() }
    try GreenThread.park(ticket, for: reason, until: deadline)
    _ = readOn()
  }

  private var reason: ParkReason {
    var first: ChildProcess?
    var count = 0
    for child in children where child.exitReport == nil {
      first = first ?? child
      count += 1
    }
    guard let first else {
      return ParkReason("for the rest of the output of process", Int64(children[0].pid))
    }
    if count == 1 { return ParkReason("for the end of process", Int64(first.pid)) }
    return ParkReason("for the end of so many processes:", Int64(count))
  }

  /// Reads once from each pipe that may have something; whether one had, or has ended.
  private func readOn() -> Bool {
    var hasNews = false
    for drain in ownDrains {
      keepFailure { if try drain.readOnce(for: self) { hasNews = true } }
    }
    return hasNews
  }

  /// Reads what ended children have left in their pipes, and sees the end behind it where nobody
  /// else has the pipe: no event need tell of either.
  func readToEnd() {
    for drain in ownDrains { drain.lookAgain() }
    for _ in 0..<2 where readOn() {}
  }

  /// Reads what there is, after nothing is waited for any more.
  func readRest() {
    while readOn() {}
  }

  /// The first thing that goes wrong with a pipe is thrown once the children have ended.
  private func keepFailure(_ body: () throws -> Void) {
    do { try body() } catch { failure = failure ?? error }
  }
}
