/// Does the one of several things that can be done first, and waits until one can.
///
/// Parks.
///
/// ```swift
/// let answer = try select(
///   .receive(from: replies) { reply in reply },
///   .after(.seconds(1)) { nil })
/// ```
///
/// When several can be done, one is drawn, each with the same chance. The others are as if they had
/// not been there: no value is taken, sent or lost. Branches allocate; in a hot loop over one
/// channel receive from it directly.
///
/// - Parameter branches: at least one.
/// - Returns: what the branch taken returns.
/// - Throws: what the branch taken throws; ``Cancelled``; ``InvalidArgument`` without a branch.
@discardableResult
public func select<Outcome>(_ branches: SelectBranch<Outcome>...) throws -> Outcome {
  try select(branches)
}

/// Does the one of several things that can be done first; see
/// ``select(_:)-(SelectBranch<Outcome>...)``.
///
/// Parks.
///
/// - Parameter branches: at least one.
/// - Returns: what the branch taken returns.
/// - Throws: what the branch taken throws; ``Cancelled``; ``InvalidArgument`` without a branch.
@discardableResult
public func select<Outcome>(_ branches: [SelectBranch<Outcome>]) throws -> Outcome {
  let (thread, scheduler) = currentThread(for: "select")
  try throwIfCancelled(thread)
  if branches.isEmpty { throw InvalidArgument("a select without branches waits for nothing") }
  let sources = branches.map(\.source)
  while true {
    if let chosen = try scheduler.goThrough(oneOf: sources) ?? scheduler.await(oneOf: sources) {
      return try branches[chosen].finish()
    }
  }
}

/// Does one of several things if one can be done at once, and else what `otherwise` says.
///
/// Parks only where the branch taken, or `otherwise`, does.
///
/// - Parameters:
///   - branches: none of them waits.
///   - otherwise: runs when no branch can be taken.
/// - Returns: what the branch taken, or `otherwise`, returns.
/// - Throws: what they throw; ``Cancelled``.
@discardableResult
public func select<Outcome>(
  _ branches: SelectBranch<Outcome>..., otherwise: () throws -> Outcome
) throws -> Outcome {
  let (thread, scheduler) = currentThread(for: "select")
  try throwIfCancelled(thread)
  guard let chosen = scheduler.goThrough(oneOf: branches.map(\.source)) else {
    return try otherwise()
  }
  return try branches[chosen].finish()
}

extension Reference where Record == SchedulerState {
  /// Lets one of the ready sources go through, each with the same chance.
  fileprivate func goThrough(oneOf sources: [any SelectSource]) -> Int? {
    var chosen: Int?
    var count: UInt64 = 0
    for (index, source) in sources.enumerated() where source.isReady {
      count += 1
      // The k-th replaces the one before with a chance of 1 in k.
      if count == 1 || it.random.next() % count == 0 { chosen = index }
    }
    if let chosen { sources[chosen].goThrough() }
    return chosen
  }

  /// Parks until something has happened at a source.
  ///
  /// - Returns: the source that has gone through; nil when one must be asked again.
  fileprivate func await(oneOf sources: [any SelectSource]) throws -> Int? {
    let ticket = WakeTicket()
    var enlisted = 0
    do {
      for source in sources {
        try source.enlist(ticket)
        enlisted += 1
      }
      let reason = ParkReason("for the first of a select's branches:", Int64(sources.count))
      let deadline = sources.lazy.compactMap(\.deadline).min()
      try GreenThread.park(ticket, for: reason, until: deadline)
    } catch {
      // Cancelled, or refused: the ticket was used by nobody else, so none has gone through.
      for source in sources[..<enlisted] { _ = source.withdraw() }
      throw error
    }
    var chosen: Int?
    for (index, source) in sources.enumerated() where source.withdraw() { chosen = index }
    return chosen
  }
}
