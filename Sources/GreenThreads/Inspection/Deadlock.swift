/// All green threads wait, and nothing can wake them: no deadline, no event, no other OS thread.
///
/// Thrown by `run` after all of them have been cancelled and unwound. Where they cannot be, since
/// they wait for locks or under a shield, the program ends with the report on standard error.
public struct Deadlock: Error, CustomStringConvertible {
  /// Who waits for what, and who holds it, one line each, with the stacks of the first; then each
  /// circle of green threads that wait for each other.
  public let report: String

  /// The report.
  public var description: String { report }
}

extension Reference where Record == SchedulerState {
  /// Cancels everybody with a report; ends the program if nobody can be woken so, or if they wait
  /// again while unwinding.
  func resolveDeadlock() {
    if let deadlock = it.deadlock { abandon(deadlock, "Cancelled, they wait again") }
    let deadlock = Deadlock(report: deadlockReport())
    it.deadlock = deadlock
    let outermost = it.loop.it.home
    cancel(outermost, by: outermost.it.serial)
    if it.queue.isEmpty {
      abandon(deadlock, "None of them can be cancelled, at a lock or under a shield")
    }
  }

  private func abandon(_ deadlock: Deadlock, _ reason: StaticString) -> Never {
    printToStandardError(deadlock.report + "\n\(reason), so the program ends here.\n")
    fatalError("deadlock")
  }

  private func deadlockReport() -> String {
    let snapshot = SchedulerSnapshot(of: self, by: nil, limit: 10_000)
    var names = FrameNames()
    let named = snapshot.displayNames
    let count = "\(snapshot.threadCount) green thread" + (snapshot.threadCount == 1 ? "" : "s")
    var lines = ["Deadlock: nothing can wake any of \(count)."]
    for (index, thread) in snapshot.threads.enumerated() {
      lines.append(thread.deadlockLine(named))
      if index < 16 { lines += names.lines(of: thread.stack).map { "      \($0)" } }
    }
    if snapshot.isTruncated { lines.append("  and others") }
    lines += snapshot.circleLines(named).map { "  \($0)" }
    return lines.joined(separator: "\n")
  }
}

extension SchedulerSnapshot.Thread {
  fileprivate func deadlockLine(_ named: [UInt64: String]) -> String {
    let line = "  green thread \(displayName), spawned at \(spawnSite), waits "
    guard let reason else { return line + "for nothing" }
    if let holder {
      return line + "\(reason), held by " + (named[holder] ?? "\(holder), which has ended")
    }
    let others = waitsFor.prefix(16).map { named[$0] ?? "\($0)" }.joined(separator: ", ")
    if others.isEmpty { return line + "\(reason)" }
    let isNamed = waitsFor.first.map { Int64(bitPattern: $0) } == reason.subject
    return line + (isNamed ? "\(reason.kind) " : "\(reason) ") + others
  }
}
