internal import CoreShift
internal import GreenThreads

/// How a child that is waited for comes to its end: by itself; or by a timeout, a request or a
/// cancellation, which begin with TERM and go on, after the grace, to KILL.
struct Ending {
  private enum Stage {
    case running
    /// TERM has been sent; KILL follows at the deadline.
    case asked(until: Instant)
    case killed
  }

  /// Until when the rest of its group has time to end too; nil when nobody asked for the end.
  var graceUntil: Instant? {
    switch stage {
    case .running: nil
    case .asked(let deadline): deadline
    case .killed: .zero
    }
  }

  private let child: ChildProcess
  /// When the child's time is up.
  private let deadline: Instant?
  private var stage = Stage.running
  private(set) var isTimedOut = false
  /// What cut the wait short, to be thrown once the child has ended.
  private(set) var cancelled: Cancelled?

  init(of child: ChildProcess, timeout: Duration?) {
    self.child = child
    deadline = timeout.map { child.startTime.advanced(by: $0) }
  }

  /// Returns when the child has ended and is reaped.
  ///
  /// Parks. Does not throw when cancelled: it ends the child then, and keeps the error.
  mutating func awaitExit() throws {
    while child.exitReport == nil {
      switch stage {
      case .running: try awaitExitOfRunning()
      case .asked(let deadline):
        try withCancellationShield { try child.watch.wait(until: deadline) }
        if child.exitReport == nil && Instant.now >= deadline {
          try child.watch.kill()
          stage = .killed
        }
      case .killed:
        try withCancellationShield { try child.watch.wait(until: nil) }
      }
    }
  }

  private mutating func awaitExitOfRunning() throws {
    do {
      if !child.endRequested { try child.watch.wait(until: deadline) }
    } catch let error as Cancelled {
      cancelled = error
    }
    if child.exitReport != nil { return }
    let isOverdue = deadline.map { Instant.now >= $0 } ?? false
    guard isOverdue || cancelled != nil || child.endRequested else { return }
    if isOverdue && cancelled == nil && !child.endRequested { isTimedOut = true }
    if !child.endRequested { child.requestEnd() }
    stage = .asked(until: .now.advanced(by: child.grace))
  }
}
