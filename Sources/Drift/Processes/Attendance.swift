internal import CoreShift
internal import GreenThreads

/// Sees children through to their end: drains what they write, minds their time, and ends them when
/// it is up, when somebody asks for it, or when the caller is cancelled.
///
/// An end begins with TERM and goes on, after the grace, to KILL. Several children are one command
/// line: they share the time and the end, and the first leads the group.
///
/// One green thread, the caller's, waits for all of it: each pipe and each end has the same ticket.
/// A sink may park, and must hold back its own pipe alone: then each pipe is read by a green thread
/// of its own.
final class Attendance {
  private enum Stage {
    case running
    /// TERM has been sent; KILL follows at the deadline.
    case asked(until: Instant)
    case killed
    /// The time is up, and that ends nobody.
    case left
  }

  let children: [ChildProcess]
  private let rules: EndingRules
  private let drains: [OutputDrain]
  /// Those of them that the caller reads.
  let ownDrains: [OutputDrain]
  /// When the children's time is up.
  private let deadline: Instant?
  @safe @exclusivity(unchecked) private var stage = Stage.running
  private var hasSeenMatch = false
  private var hasSeenOverflow = false
  private(set) var isTimedOut = false
  /// What cut the wait short, to be thrown once the children have ended.
  @safe @exclusivity(unchecked) private var cancelled: Cancelled?
  /// What a pipe has thrown that the caller reads; it ends the children, too.
  @safe @exclusivity(unchecked) var failure: (any Error)?

  init(
    of children: [ChildProcess], _ rules: EndingRules, drains: [OutputDrain],
    deadline: Instant?
  ) {
    self.children = children
    self.rules = rules
    self.drains = drains
    ownDrains = drains.contains { $0.hasSink } ? [] : drains
    self.deadline = deadline
  }

  /// Returns when all is over: the children have ended, or were left because their time was up, and
  /// their outputs are read.
  ///
  /// Parks.
  ///
  /// - Throws: `Cancelled`, once the children have ended; what a sink has thrown.
  func run() throws {
    let inputs = children.compactMap { child in
      child.takeUnfedInput().map { (feed: $0, pid: child.pid) }
    }
    if inputs.isEmpty && ownDrains.count == drains.count {
      try seeThrough([])
    } else {
      try withScope { scope in try seeThrough(spawn(inputs, in: scope)) }
    }
    if let failure { throw failure }
    if let cancelled { throw cancelled }
  }

  private func seeThrough(_ running: [Handle<Void>]) throws {
    do {
      try awaitEnd()
      if isOver { readToEnd() }
      if case .running = stage, hasEnded(running) {
        for child in children { child.standardInput.end() }
      } else {
        try withCancellationShield { try finish(running) }
      }
    } catch {
      // The scope waits for whoever drains, and a pipe can stay open for ever.
      for drain in drains { drain.stopWaiting() }
      readRest()
      for child in children { child.standardInput.end() }
      throw error
    }
  }

  /// One green thread an input, and one a pipe that the caller does not read.
  private func spawn(
    _ inputs: [(feed: InputFeed, pid: Int32)], in scope: Scope
  ) -> [Handle<Void>] {
    for input in inputs {
      if rules.onTimeout == .none {
        // The scope would wait for it also when the child is left.
        input.feed.runByItself(for: input.pid)
      } else {
        scope.spawn(name: "input of \(input.pid)") { input.feed.run() }
      }
    }
    guard ownDrains.isEmpty else { return [] }
    return drains.map { drain in
      scope.spawn(name: "output") { try drain.run(for: self) }
    }
  }

  /// A drain has read something: draws the consequences, once.
  func look(at collector: OutputCollector) {
    if collector.isMatched && !hasSeenMatch {
      hasSeenMatch = true
      carryOut(.end)
    }
    if collector.isTruncated && !hasSeenOverflow {
      hasSeenOverflow = true
      carryOut(rules.onOverflow)
    }
  }

  private func carryOut(_ consequence: Command.Consequence) {
    switch consequence {
    case .none: break
    case .end: children.requestEnd()
    case .kill: children.kill()
    }
  }

  // MARK: - The children's end

  private var isOver: Bool { children.allSatisfy { $0.exitReport != nil } }

  private var isEndRequested: Bool { children.contains { $0.endRequested } }

  /// Returns when the children have ended and are reaped, or are left.
  ///
  /// Parks. Does not throw when cancelled: it ends the children then, and keeps the error.
  private func awaitEnd() throws {
    while !isOver {
      switch stage {
      case .running: try awaitEndOfRunning()
      case .asked(let deadline):
        try withCancellationShield { try wait(until: deadline) }
        if !isOver && Instant.now >= deadline {
          children.kill()
          stage = .killed
        }
      case .killed:
        try withCancellationShield { try wait(until: nil) }
      case .left: return
      }
    }
  }

  private func awaitEndOfRunning() throws {
    do {
      if !isEndRequested { try wait(until: deadline) }
    } catch let error as Cancelled {
      cancelled = error
    }
    if isOver { return }
    let isOverdue = deadline.map { Instant.now >= $0 } ?? false
    if cancelled != nil || failure != nil || isEndRequested {
      beginEnd()
    } else if isOverdue {
      isTimedOut = true
      switch rules.onTimeout {
      case .none: stage = .left
      case .end: beginEnd()
      case .kill:
        children.kill()
        stage = .killed
      }
    }
  }

  private func beginEnd() {
    // Somebody may have asked only one of them.
    children.filter { !$0.endRequested }.requestEnd()
    stage = .asked(until: .now.advanced(by: rules.grace))
  }

  // MARK: - The outputs' end

  /// Waits for the outputs' ends.
  ///
  /// The group of a child that was asked to end has what is left of its grace, and is killed then;
  /// whoever else holds a pipe open has the linger.
  private func finish(_ running: [Handle<Void>]) throws {
    if case .left = stage {
      for drain in drains { drain.leaveOff() }
      return readRest()
    }
    for child in children { child.standardInput.end() }
    switch stage {
    case .asked(let deadline) where children.contains { $0.watch.leadsGroup }:
      do {
        try awaitGroup(and: running, until: deadline)
      } catch {
        // A sink's; the group has its grace all the same, and no more than that.
        try children.awaitGroup(until: deadline)
        children.killGroup()
        throw error
      }
      children.killGroup()
    case .killed: children.killGroup()
    default: break
    }
    if !hasEnded(running) {
      try join(running, until: .now.advanced(by: rules.linger))
      for drain in drains { drain.stopWaiting() }
      readRest()
    }
  }

  /// Waits until nobody is left in the children's group, but not for longer than `deadline`.
  ///
  /// No event tells of that, so it is asked for every few milliseconds. Where nobody can say, as
  /// before Linux 6.9, the outputs' ends stand for it.
  private func awaitGroup(and running: [Handle<Void>], until deadline: Instant) throws {
    var pauses = GrowingPause.betweenLooks
    var zombies = ZombieCheck()
    while Instant.now < deadline {
      switch children.pollGroup(&zombies) {
      case .empty: return
      case .unknown: return try join(running, until: deadline)
      case .populated: break
      }
      let nextLook = min(deadline, .now.advanced(by: pauses.take()))
      if hasEnded(running) {
        try GreenThread.sleep(until: nextLook)
      } else {
        try join(running, until: nextLook)
      }
    }
  }

  private func hasEnded(_ running: [Handle<Void>]) -> Bool {
    drains.allSatisfy { $0.isEnded } && running.allSatisfy { $0.isFinished }
  }

  /// Waits for the end of all, but not for longer than `deadline`.
  ///
  /// What one of them throws, or has thrown, is the scope's failure.
  private func join(_ running: [Handle<Void>], until deadline: Instant) throws {
    while !ownDrains.allSatisfy({ $0.isEnded }) && Instant.now < deadline {
      try wait(until: deadline)
    }
    if running.isEmpty { return }
    do {
      try withDeadline(deadline) {
        for drain in running where !drain.isFinished { try drain.join() }
      }
    } catch let error as DeadlineExceeded where error.deadline == deadline {}
  }
}

/// What ends a command, or a pipeline, and how.
struct EndingRules {
  var onTimeout: Command.Consequence
  var onOverflow: Command.Consequence
  var grace: Duration
  var linger: Duration

  /// Throws `InvalidArgument` for a span of time that there is not.
  static func requireNoneNegative(
    _ timeout: Duration?, _ grace: Duration, _ linger: Duration
  ) throws {
    if let timeout, timeout < .zero { throw InvalidArgument("a timeout of \(timeout)") }
    if grace < .zero { throw InvalidArgument("a grace of \(grace)") }
    if linger < .zero { throw InvalidArgument("a linger of \(linger)") }
  }
}
