// The loop: what runs on the stack of the caller of `run`, whenever no green thread does.

extension Reference where Record == SchedulerState {
  /// Runs green threads until `main` has finished.
  func loop(until main: Handle<Void>) {
    unsafe it.outside._withUnsafeGuaranteedRef { loop(until: main, taking: $0) }
  }

  @inline(__always)
  private func loop(until main: Handle<Void>, taking outside: Outside) {
    while true {
      beginTurn()
      repeat {
        if let next = nextRunnable() {
          it.busyTurns &+= 1
          switchStacks(from: it.loop, to: next, on: self)
        }
        // Nobody: what the event source or a destructor does here must not park.
        it.current = nil
        if main.isFinished { return }
        // Whatever came from other OS threads first: it may be what everybody waits for.
        if outside.inbox.hasWork { receiveRemoteWork(from: outside.inbox) }
      } while runErrands() && maySkipPoll
      if it.queue.isEmpty && isDeadlocked(with: outside) {
        // A clock that is moved by hand may have been moved since it was last looked at.
        wakeOverdue()
        if it.queue.isEmpty && isDeadlocked(with: outside) { resolveDeadlock() }
      }
      takeEventsIn(from: outside.source)
    }
  }

  /// Waits for what the event source brings, unless somebody can run, and makes runnable whom it
  /// concerns.
  @inline(__always)
  func takeEventsIn(from source: any EventSource) {
    let isIdle = it.queue.isEmpty
    source.wait(patience(with: source))
    if isIdle || it.turns & 15 == 0 { it.lastTime = max(it.lastTime, source.recently) }
    // Timers first: a green thread that is both ready and overdue is told it is overdue,
    // otherwise a busy peer could keep it from ever timing out.
    if !it.timers.isEmpty { wakeOverdue() }
    source.deliver()
  }

  @inline(__always)
  func patience(with source: any EventSource) -> Patience {
    if !it.queue.isEmpty || hasErrands { return .none }
    // Mostly nothing but the source can bring something.
    if it.timedParks == 0 && !it.stacks.hasPagesToSpare { return .forever }
    return patienceOfTimers(with: source)
  }

  private func patienceOfTimers(with source: any EventSource) -> Patience {
    // An entry alone says little: a deadline that was withdrawn leaves its own behind.
    var end = Instant.distantFuture
    if it.timedParks > 0, let earliest = it.timers.earliest {
      if source.timePasses {
        end = max(earliest, it.timersRestUntil)
      } else if earliest <= source.now {
        // The clock was moved since it was last looked at.
        return .none
      }
    }
    if it.stacks.hasPagesToSpare, isWorthTrimming(before: end, on: source) {
      // Some at a time, with a look at the source in between.
      it.stacks.trim()
      return .none
    }
    return end == .distantFuture ? .forever : .until(end)
  }

  /// Stacks that are given back in one short pause would be wanted again after it.
  private func isWorthTrimming(before end: Instant, on source: any EventSource) -> Bool {
    source.now.advanced(byNanoseconds: 1_000_000) <= end
  }

  private func isDeadlocked(with outside: Outside) -> Bool {
    // What is most often so comes first.
    if outside.source.hasWaiters || hasErrands { return false }
    // No entry: the deadlines of those who count as timed have come, and could not wake them.
    if it.timedParks > 0 && !it.timers.isEmpty && outside.source.timePasses { return false }
    return it.expectations == 0 && !outside.inbox.isExpectingWork
  }

  @inline(never)
  private func receiveRemoteWork(from inbox: Inbox) {
    for item in inbox.take() {
      switch item {
      case .wake(let ticket, let cause): ticket.wake(cause)
      case .errand(let body): body()
      case .run(let body, let name):
        if let root = it.root {
          Scope(root).spawn(name: name) { body() }
        }
      }
    }
  }

  /// Runs the errands that have come so far; those that come meanwhile wait for the next time.
  ///
  /// Each counts as a switch.
  ///
  /// - Returns: whether there were any.
  private func runErrands() -> Bool {
    let hadTurn = letCompanionTakeTurn()
    if hadTurn || !it.errands.isEmpty { it.busyTurns &+= 1 }
    guard !it.errands.isEmpty else { return hadTurn }
    swap(&it.errands, &it.errandsInHand)
    countSwitches(it.errandsInHand.count)
    for errand in it.errandsInHand { errand() }
    it.errandsInHand.removeAll(keepingCapacity: true)
    return true
  }

  /// Whether there is more to run, and switches are left to do it before the event source is
  /// asked: what a green thread and an errand do in turn costs a system call now and then only.
  private var maySkipPoll: Bool {
    hasSwitchesLeft && (!it.queue.isEmpty || hasErrands)
  }

  /// Wakes, in the order of their deadlines, green threads whose time has come, and lets them run
  /// before all that wait for their turn.
  ///
  /// At most as many as three quarters of the switches until the next poll; the rest, which is
  /// still overdue, is woken then. So those who sleep shortly again and again starve nobody.
  private func wakeOverdue() {
    guard !it.timers.isEmpty else { return }
    let now = self.now
    it.lastTime = now
    guard var first = it.timers.first(notAfter: now) else { return }
    let waiting = it.queue.count
    while true {
      switch first {
      case .wait(let thread): fireTimer(of: thread, at: now)
      case .beginning(let delayed): begin(delayed)
      }
      guard let next = it.timers.first(notAfter: now) else {
        if it.timers.count >= SchedulerState.manyTimers {
          it.timersRestUntil = now.advanced(byNanoseconds: it.slack)
        }
        break
      }
      let isMany = it.queue.count - waiting >= SchedulerState.timersBetweenPolls
      // A clock that is moved by hand overtakes nobody: who moved it waits for all it has woken.
      if isMany && it.source.timePasses {
        it.timersRestUntil = now
        break
      }
      first = next
    }
    if waiting > 0 { it.queue.moveLastToFront(it.queue.count - waiting) }
  }
}
