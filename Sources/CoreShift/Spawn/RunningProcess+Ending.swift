// How a running process comes to its end.
//
// Readable pidfd: the process is dead, but a zombie keeps its number until it is reaped. That is at
// once; only a tracer comes before its parent, and then the pidfd stays registered and tells again.
//
// A graceful end goes on for the group, which may use its whole grace. The pidfd still means that
// group: through it one asks every few milliseconds whether anybody is left, and KILL reaches whom
// the end of the grace finds. Before Linux 6.9 it cannot mean a group. There the zombie is kept,
// whose number KILL then uses safely, and the grace is over once the pipes have ended.
//
//     spawn --- timeout, match, overflow --> TERM, CONT --- grace over --> KILL
//       \                                       |                           |
//        `-------------------- pidfd readable --+---------------------------'
//                                     |
//                  reaped --- group in its grace? gone, or killed
//                                     |
//                      pipes ended? done --- else at most the linger

extension RunningProcess {
  /// Does what an event asks for; any other one's event is ignored.
  ///
  /// - Returns: Whether the event was for this process.
  /// - Throws: `CoreError` of `read` or `write` with a pipe that has failed, and is closed; of
  ///   `waitid` or `pidfd_send_signal` with the process. Going on is right in every case.
  @discardableResult
  public mutating func handle(
    _ event: Event, on reactor: inout Reactor
  ) throws(CoreError) -> Bool {
    if event.token == processToken {
      try noteExit(on: &reactor)
      return true
    }
    let wasMatched = drain.isMatched
    let wasTruncated = drain.isTruncated
    let isMine: Bool
    do {
      isMine = try drain.handle(event, on: &reactor)
    } catch {
      // The pipe has gone; how the process ends is learned all the same.
      followTerminal(on: &reactor)
      try settle(on: &reactor)
      throw error
    }
    guard isMine else { return false }
    followTerminal(on: &reactor)
    if drain.isMatched, !wasMatched { try react(policy.onMatch) }
    if drain.isTruncated, !wasTruncated { try react(policy.onOverflow) }
    try settle(on: &reactor)
    return true
  }

  /// Offers the chunk that the sink has not taken to it again, and goes on reading once it is.
  ///
  /// The linger of a process that has ended meanwhile begins anew.
  ///
  /// - Returns: Whether nothing is held any more.
  /// - Throws: `CoreError` of `epoll_ctl_mod` with a pipe, which is closed, or of `waitid` with the
  ///   process. Going on is right in every case.
  @discardableResult
  public mutating func resume(on reactor: inout Reactor) throws(CoreError) -> Bool {
    guard drain.isPaused else { return true }
    var failure: CoreError?
    do {
      guard try drain.resume(on: &reactor) else { return false }
    } catch {
      // The pipe has gone; the other one and the process go on.
      failure = error
    }
    followTerminal(on: &reactor)
    if closeAt != nil { closeAt = RunningProcess.moment(after: policy.pipeLinger) }
    try settle(on: &reactor)
    if let failure { throw failure }
    return true
  }

  /// Does what time alone brings, and tells whether the process is finished.
  ///
  /// Call it after each wait, and before the next one. It throws what ``handle(_:on:)`` does; what
  /// else is due is done by the next call.
  public mutating func pollCompletion(on reactor: inout Reactor) throws(CoreError) -> Bool {
    guard let next = nextDeadline else { return isFinished }
    let now = SystemCall.monotonicNanoseconds()
    guard next <= now else { return isFinished }
    if let moment = timeoutAt, moment <= now {
      timeoutAt = nil
      hasTimedOut = true
      try react(policy.onTimeout)
    }
    if let moment = killAt, moment <= now {
      let failure = failureOfKill()
      try settle(on: &reactor)
      if let failure { throw failure }
    } else if let moment = lookAt, moment <= now {
      try settle(on: &reactor)
    }
    if let moment = closeAt, moment <= now, !drain.isPaused {
      try closePipes(on: &reactor)
    }
    return isFinished
  }

  /// Asks the process to end (TERM, then CONT), and kills what is left after the grace; again is
  /// fine, and an earlier grace is kept.
  ///
  /// The whole group, if it leads one. The grace ends in ``pollCompletion(on:)``. EPERM if the
  /// process has changed its user: KILL follows all the same, and may fail alike.
  public mutating func end(grace: Duration = .seconds(2)) throws(CoreError) {
    guard ending == .notBegun, !hasExited else { return }
    ending = .requested
    killAt = RunningProcess.moment(after: grace)
    try process.requestEnd()
  }

  /// Kills the process, with its group if it leads one; again is fine, and so is one that is gone.
  ///
  /// `pidfd_send_signal`. Its end is told by ``handle(_:on:)``, as any other.
  public mutating func kill() throws(CoreError) {
    let isAnybodyLeft = process.exit == nil || isGroupInGrace
    endGrace()
    guard ending != .killed, isAnybodyLeft else { return }
    // Also when it cannot be killed: whoever holds its pipes is not waited for without end.
    defer { if hasExited { startLinger() } }
    try process.kill()
    ending = .killed
  }

  private mutating func react(_ reaction: Reaction) throws(CoreError) {
    switch reaction {
    case .none: break
    case .end(let grace): try end(grace: grace)
    case .kill: try kill()
    }
  }

  /// The process itself has ended; its descendants and its pipes may live on.
  private mutating func noteExit(on reactor: inout Reactor) throws(CoreError) {
    // The second time its tracer has collected it.
    if hasExited { return try settle(on: &reactor) }
    hasExited = true
    endedAt = SystemCall.monotonicNanoseconds()
    timeoutAt = nil
    var failure: CoreError?
    if policy.survivors == .kill, process.leadsGroup { failure = failureOfKill() }
    if !isGroupInGrace { startLinger() }
    try settle(on: &reactor)
    if let failure { throw failure }
  }

  /// Kills, and tells why not: EPERM where only processes of another user are left.
  ///
  /// The caller goes on, so that the zombie is reaped all the same, and then throws it.
  private mutating func failureOfKill() -> CoreError? {
    do {
      try kill()
      return nil
    } catch {
      return error
    }
  }

  /// Whether descendants may still be using the grace of an end that was asked for.
  var isGroupInGrace: Bool {
    process.leadsGroup && ending == .requested && killAt != nil
  }

  private mutating func endGrace() {
    killAt = nil
    lookAt = nil
    process.isGroupInGrace = false
  }

  private mutating func startLinger() {
    guard !drain.isDrained, closeAt == nil else { return }
    closeAt = RunningProcess.moment(after: policy.pipeLinger)
  }

  /// Reads what is there, and gives up whoever still holds the pipes; a sink that pauses gets the
  /// rest first.
  private mutating func closePipes(on reactor: inout Reactor) throws(CoreError) {
    var failure: CoreError?
    do {
      if try drain.finish(on: &reactor) { hasLingered = true }
    } catch {
      failure = error
    }
    if !drain.isPaused { closeAt = nil }
    try settle(on: &reactor)
    if let failure { throw failure }
  }

  /// Goes on with an end as far as that has come: reaps the process, and finds out whether its
  /// group still uses a grace.
  mutating func settle(on reactor: inout Reactor) throws(CoreError) {
    if drain.isDrained { closeAt = nil }
    guard hasExited else { return }
    guard isGroupInGrace else { return try finishEnd(on: &reactor) }
    if process.pollGroup() == .unknown {
      // The zombie keeps the group's number, and only the pipes tell of the group.
      guard drain.isDrained else { return }
      let failure = failureOfKill()
      try finishEnd(on: &reactor)
      if let failure { throw failure }
      return
    }
    // First, since a zombie counts as a member.
    try reap(from: &reactor)
    if isGroupGone() {
      startLinger()
      return try finishEnd(on: &reactor)
    }
    process.isGroupInGrace = true
    lookAt = RunningProcess.moment(after: pauses.take())
  }

  private mutating func isGroupGone() -> Bool {
    if process.pollGroup() == .empty { return true }
    let now = SystemCall.monotonicNanoseconds()
    guard zombies.isDue(at: now),
      zombies.note(onlyZombies: process.hasOnlyZombies(), at: now)
    else { return false }
    // It ends whom the walks may have missed, and nobody else.
    try? process.kill()
    return true
  }

  private mutating func finishEnd(on reactor: inout Reactor) throws(CoreError) {
    endGrace()
    try reap(from: &reactor)
  }

  /// Reaps the process, unless its tracer has still to collect it: then there is another event.
  private mutating func reap(from reactor: inout Reactor) throws(CoreError) {
    guard process.exit == nil, try process.pollExit() != nil else { return }
    unregisterProcess(from: &reactor)
  }
}
