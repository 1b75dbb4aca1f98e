internal import Drift

/// One call of an `async` function by a green thread, on whose stack it lies.
///
/// The task writes the failure before it tells of its end; all else happens on the scheduler's OS
/// thread.
@usableFromInline
struct AsyncCall {
  @usableFromInline let lane: TaskLane
  /// What the task has thrown.
  @usableFromInline var failure: (any Error)?
  /// That of who waits, once it does.
  private var ticket: WakeTicket?
  private var isFinished = false

  @usableFromInline
  init() {
    lane = SchedulerExecutor.current.lane
  }

  private var remote: RemoteHandle { lane.jobs.remote }

  /// Tells who waits, as the last thing that the task does with the call; on the scheduler's OS
  /// thread at once.
  @usableFromInline
  static func finish(_ call: UnsafeMutablePointer<AsyncCall>) {
    // SAFETY: who waits does so until this has told him.
    nonisolated(unsafe) let call = unsafe call
    if unsafe call.pointee.remote.isOnItsThread {
      unsafe call.pointee.finishHere()
    } else {
      let remote = unsafe call.pointee.remote
      remote.runOnLoop { unsafe call.pointee.finishHere() }
    }
  }

  private mutating func finishHere() {
    isFinished = true
    ticket?.wake()
  }

  /// Has a task begin on the stack of the caller, as far as it comes without a wait.
  @usableFromInline
  static func begin(_ start: () -> Task<Void, any Error>) -> Task<Void, any Error> {
    GreenThread.lendStack(to: start)
  }

  /// Parks until the task has ended, whatever comes.
  ///
  /// - Throws: what it has thrown; its cause, when the caller was cancelled meanwhile.
  @usableFromInline
  static func wait(
    _ call: UnsafeMutablePointer<AsyncCall>, for task: Task<Void, any Error>
  ) throws {
    if unsafe !call.pointee.isFinished { try unsafe park(call, for: task) }
    if let failure = unsafe call.pointee.failure { throw failure }
  }

  private static func park(
    _ call: UnsafeMutablePointer<AsyncCall>, for task: Task<Void, any Error>
  ) throws {
    // Else a scheduler whose other green threads wait, too, would take this for a deadlock.
    GreenThread.beginExpecting()
    defer { GreenThread.endExpecting() }
    let ticket = WakeTicket()
    unsafe call.pointee.ticket = ticket
    do {
      try GreenThread.park(ticket, for: ParkReason("for a Swift task"))
    } catch {
      // Its handlers run within this call, and hold up the whole runtime while they do: none parks.
      GreenThread.lendStack { task.cancel() }
      while unsafe !call.pointee.isFinished {
        let ticket = WakeTicket()
        unsafe call.pointee.ticket = ticket
        GreenThread.parkThroughCancellation(ticket, for: ParkReason("for a cancelled Swift task"))
      }
      if unsafe call.pointee.failure != nil { throw error }
    }
    precondition(
      unsafe call.pointee.isFinished, "a green thread was woken before its task has ended")
  }
}
