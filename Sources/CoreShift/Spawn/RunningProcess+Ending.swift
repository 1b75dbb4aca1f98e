// How a running process comes to its end.
//
// Readable pidfd: the process is dead, but a zombie keeps its number until it is reaped. While a
// graceful end runs in a group, the zombie is kept: the group may still use its grace, and KILL
// reaches it safely by that number on every kernel. It is reaped once its pipes have ended or the
// grace is over, after a last KILL to the group.
//
//     spawn --- timeout, match, overflow --> TERM, CONT --- grace over --> KILL
//       \                                       |                           |
//        `-------------------- pidfd readable --+---------------------------'
//                                     |
//                   pipes ended? --- reaped --- else at most the linger

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
      try reapIfSettled()
      throw error
    }
    guard isMine else { return false }
    followTerminal(on: &reactor)
    if drain.isMatched, !wasMatched { try react(policy.onMatch) }
    if drain.isTruncated, !wasTruncated { try react(policy.onOverflow) }
    try reapIfSettled()
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
    try reapIfSettled()
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
      try reapIfSettled()
      if let failure { throw failure }
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
    killAt = nil
    guard ending != .killed, process.exit == nil else { return }
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
    unregisterProcess(from: &reactor)
    hasExited = true
    endedAt = SystemCall.monotonicNanoseconds()
    timeoutAt = nil
    var failure: CoreError?
    if policy.survivors == .kill, process.leadsGroup { failure = failureOfKill() }
    if !isGroupInGrace { startLinger() }
    try reapIfSettled()
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
  private var isGroupInGrace: Bool {
    process.leadsGroup && ending == .requested && killAt != nil
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
    try reapIfSettled()
    if let failure { throw failure }
  }

  mutating func reapIfSettled() throws(CoreError) {
    if drain.isDrained { closeAt = nil }
    guard hasExited, process.exit == nil else { return }
    var failure: CoreError?
    if isGroupInGrace {
      guard drain.isDrained else { return }
      failure = failureOfKill()
    }
    killAt = nil
    _ = try process.pollExit()
    if let failure { throw failure }
  }
}
