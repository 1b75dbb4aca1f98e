internal import CGreenThreads

/// Another OS thread of this process, stopped so that its memory can be read.
enum HeldThread {
  /// Where it was stopped.
  struct Place {
    let pc: UInt
    let frame: UInt
  }

  /// The number by which the calling OS thread can be held.
  static var currentIdentifier: Int32 { cgreenthreads_thread_identifier() }

  /// Sees to it that the calling OS thread can be held, though it was started with signals blocked.
  ///
  /// - Returns: whether it could not be held before; then ``refuseHold()`` must follow.
  static func acceptHold() -> Bool {
    cgreenthreads_accept_hold()
  }

  /// Gives the calling OS thread the mask back that it had before ``acceptHold()``.
  static func refuseHold() {
    cgreenthreads_refuse_hold()
  }

  /// Runs `look` while the OS thread stands still.
  ///
  /// `look` must neither allocate nor take a lock: the OS thread may have been stopped while it
  /// held that very lock.
  ///
  /// - Returns: false when it could not be stopped, or went on before `look` had ended.
  static func hold(_ identifier: Int32, then look: (Place) -> Void) -> Bool {
    var held = cgreenthreads_held()
    let patience: Int64 = 200_000_000
    guard unsafe cgreenthreads_hold(identifier, patience, &held) == 0 else { return false }
    look(Place(pc: held.pc, frame: held.frame))
    return cgreenthreads_let_go()
  }
}

extension Reference where Record == SchedulerState {
  /// What changes with every switch.
  ///
  /// Callable from any OS thread while the scheduler lives; the parts may be of different moments.
  func peekAtProgress() -> Progress {
    // SAFETY: reads aligned words of memory that is never freed, without acting upon them.
    let base = unsafe UnsafeRawPointer(pointer)
    func half(_ field: PartialKeyPath<SchedulerState>) -> UInt32 {
      unsafe cgreenthreads_peek_half(base + (MemoryLayout<SchedulerState>.offset(of: field) ?? 0))
    }
    func whole(_ field: PartialKeyPath<SchedulerState>) -> UInt64 {
      unsafe cgreenthreads_peek(base + (MemoryLayout<SchedulerState>.offset(of: field) ?? 0))
    }
    // Who runs, or else who has lent its stack; one of the two words is 0.
    let running = whole(\.current) | whole(\.lender)
    return Progress(
      running: running, turns: whole(\.turns), busyTurns: whole(\.busyTurns),
      switchesLeft: half(\.switchesLeft), longWaysLeft: half(\.longWaysLeft))
  }
}

/// Two of them that are equal mean that no green thread has stopped in between.
struct Progress: Equatable {
  /// Who runs, or has lent its stack, as an address; 0 while the loop runs.
  let running: UInt64
  let turns: UInt64
  /// What stays the same while nobody runs, though the loop may wake for nothing.
  let busyTurns: UInt64
  let switchesLeft: UInt32
  let longWaysLeft: UInt32
}
