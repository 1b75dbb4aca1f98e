// How one that is to begin later becomes a green thread with a record of its own.

extension Reference where Record == SchedulerState {
  /// A record for one that begins later, linked into `home`.
  func makeDelayed(in home: ScopeReference) -> DelayedReference {
    let delayed = it.timers.beginnings.makeRecord(in: home)
    delayed.it.serial = makeSerial()
    delayed.it.home = home
    delayed.link(asFirst: &home.it.firstDelayed)
    countSpawn(into: home)
    return delayed
  }

  /// Gives `delayed`, whose time has come, its turn.
  func begin(_ delayed: DelayedReference) {
    it.counters.timersFired &+= 1
    it.timedParks &-= 1
    let thread = takeOver(delayed, as: .fresh)
    it.timers.beginnings.remove(delayed)
    if it.trace != nil { trace(.timer, of: thread) }
    thread.it.cause = .deadline
    it.queue.append(thread)
    if it.trace != nil { trace(.wake, of: thread) }
  }

  /// Gives `delayed` a record of its own before its time: somebody asks for it.
  func thread(of delayed: DelayedReference) -> ThreadReference {
    if let thread = delayed.it.thread { return thread }
    let start = delayed.it.start
    let thread = takeOver(delayed, as: .delayed)
    it.timers.beginnings.remove(delayed)
    thread.it.isCancellable = true
    thread.it.parkDeadline = start
    thread.it.parkSequence = delayed.it.timerSequence
    if start != .distantFuture { it.timers.look(at: thread, by: start) }
    return thread
  }

  /// Moves all that is known of `delayed` into a record of its own.
  ///
  /// A snapshot may stop this OS thread anywhere in it: the record is whole before it can be seen.
  private func takeOver(
    _ delayed: DelayedReference, as phase: ThreadRecord.Phase
  ) -> ThreadReference {
    let home = delayed.it.home
    let thread = makeThread(delayed.it.serial, in: home)
    thread.it.phase = phase
    thread.it.origin = delayed
    delayed.moveLauncher(to: thread)
    (thread.it.payload.0, thread.it.payload.1) = delayed.it.body
    thread.it.keepsNothing = delayed.it.keepsNothing
    unsafe delayed.it.copyOrigin(to: &thread.it.label)
    thread.it.spawnedAt = delayed.it.spawnedAt
    thread.it.stoppedAt = delayed.it.spawnedAt
    thread.it.reason = .delayed
    if delayed.it.locals != nil { swap(&thread.it.locals, &delayed.it.locals) }
    thread.it.taskLocals = delayed.it.taskLocals
    thread.link(asFirst: &home.it.firstChild)
    delayed.unlink(from: &home.it.firstDelayed)
    delayed.it.thread = thread
    return thread
  }
}
