internal import CoreShift
internal import GreenThreads

// What is done to the children of one command line as a whole.
extension [ChildProcess] {
  /// TERM and CONT to all.
  func requestEnd() {
    onLoop { children in
      for child in children { child.endRequested = true }
      children.signalAll { try? $0.requestEnd() }
      for child in children { child.watch.wakeAll() }
    }
  }

  /// KILL to all that have not ended.
  func kill() {
    onLoop { $0.signalAll { try? $0.kill() } }
  }

  /// Does it now on the scheduler's OS thread; on another, where children may have been sent, has
  /// the loop do it when its turn comes.
  private func onLoop(_ act: @escaping ([ChildProcess]) -> Void) {
    guard let events = first?.watch.events else { return }
    if events.isHere { return act(self) }
    // SAFETY: what it changes nobody can look at elsewhere; the rest stays as it is.
    nonisolated(unsafe) let children = self
    nonisolated(unsafe) let act = act
    let isAccepted = events.handOver { _ in unsafe act(children) }
    // The loop has ended, so that nobody else changes anything.
    if !isAccepted { unsafe act(children) }
  }

  /// Whether anybody is left in their group, or in one of their groups.
  func pollGroup(_ zombies: inout ZombieCheck) -> ProcessDescriptor.GroupState {
    var populated: [ExitWatch] = []
    var state = ProcessDescriptor.GroupState.unknown
    for child in self where child.watch.leadsGroup {
      switch child.watch.pollGroup() {
      case .populated: populated.append(child.watch)
      case .empty: state = .empty
      case .unknown: break
      }
    }
    if populated.isEmpty { return state }
    let now = Instant.now.nanoseconds
    guard zombies.isDue(at: now) else { return .populated }
    let onlyZombies = populated.allSatisfy { $0.hasOnlyZombies() }
    return zombies.note(onlyZombies: onlyZombies, at: now) ? .empty : .populated
  }

  /// Waits until nobody is left in their group, or nobody can say, but not for longer than
  /// `deadline`.
  func awaitGroup(until deadline: Instant) throws {
    var pauses = GrowingPause.betweenLooks
    var zombies = ZombieCheck()
    while Instant.now < deadline && pollGroup(&zombies) == .populated {
      try GreenThread.sleep(until: Swift.min(deadline, .now.advanced(by: pauses.take())))
    }
  }

  /// KILL to what is left of their group.
  func killGroup() {
    for child in self where child.watch.leadsGroup { try? child.watch.kill() }
  }

  /// A group is signalled as a whole; before Linux 6.9 only while its leader has not been reaped,
  /// so that then each gets it for himself, as does whoever is not in it, or not any more.
  private func signalAll(_ signal: (ExitWatch) -> Void) {
    guard let first else { return }
    let isWhole = first.watch.leadsGroup && first.watch.canSignalGroup
    signal(first.watch)
    for child in dropFirst() where child.exitReport == nil {
      if !isWhole || !child.watch.isIn(group: first.pid) { signal(child.watch) }
    }
  }
}
