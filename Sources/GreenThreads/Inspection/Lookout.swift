/// Lets other OS threads look at a scheduler while it lives.
package final class Lookout: Sendable {
  // SAFETY: a scheduler's memory is only read here while its OS thread is held, or without acting
  // upon what is read; and the lock keeps the scheduler from ending meanwhile.
  private struct View: @unchecked Sendable {
    let scheduler: SchedulerReference
    let osThread: Int32
    /// Whether its mask was changed so that it can be stopped.
    var owesMask = false
  }

  private let view = Guarded<View?>(nil)

  /// That of the calling green thread's scheduler.
  package static var current: Lookout {
    currentThread(for: "Lookout.current").scheduler.it.lookout
  }

  /// To be called on the scheduler's own OS thread.
  func open(on scheduler: SchedulerReference) {
    let view = View(scheduler: scheduler, osThread: HeldThread.currentIdentifier)
    self.view.withLock { $0 = view }
  }

  /// Sees to it that the scheduler's OS thread, which calls, can be stopped for a look, until the
  /// scheduler ends.
  package func acceptLooks() {
    guard HeldThread.acceptHold() else { return }
    view.withLock { $0?.owesMask = true }
  }

  /// From here on nobody looks; waits for who still does.
  ///
  /// To be called on the scheduler's own OS thread, whose mask becomes what it was.
  func close() {
    let owesMask = view.withLock { view in
      defer { view = nil }
      return view?.owesMask ?? false
    }
    if owesMask { HeldThread.refuseHold() }
  }

  /// Nil when the scheduler has ended.
  func progress() -> Progress? {
    view.withLock { $0?.scheduler.peekAtProgress() }
  }

  /// Stops the scheduler's OS thread, copies what it knows of at most `limit` green threads, and
  /// lets it go on.
  ///
  /// From any OS thread. Also when the scheduler is stuck in a green thread that does not
  /// park, or in a system call; one that sleeps restartably sleeps on.
  ///
  /// - Returns: nil when the scheduler has ended, or its OS thread does not take signals.
  package func capture(limit: Int) -> SchedulerSnapshot? {
    let capture = Capture(capacity: limit)
    let isComplete = view.withLock { view in
      guard let view else { return false }
      if view.osThread == HeldThread.currentIdentifier {
        // Who asks is on the scheduler's own OS thread, which then stands still already.
        capture.fill(from: view.scheduler, by: view.scheduler.runner)
        return true
      }
      return HeldThread.hold(view.osThread) { place in
        capture.fill(from: view.scheduler, heldAt: place)
      }
    }
    return isComplete ? SchedulerSnapshot(capture) : nil
  }

  /// The green thread that runs, if it is still as far as `progress` says.
  func captureStalled(at progress: Progress) -> SchedulerSnapshot.Thread? {
    let capture = Capture(capacity: 1)
    let isComplete = view.withLock { view in
      guard let view else { return false }
      return HeldThread.hold(view.osThread) { place in
        guard view.scheduler.peekAtProgress() == progress else { return }
        capture.fillWithRunning(from: view.scheduler, heldAt: place)
      }
    }
    return isComplete ? SchedulerSnapshot(capture).threads.first : nil
  }
}
