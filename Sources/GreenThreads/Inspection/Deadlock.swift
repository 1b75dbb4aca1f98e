/// All green threads wait, and nothing can wake them: no deadline, no event, no other OS thread.
///
/// Thrown by `run` after all of them have been cancelled and unwound.
public struct Deadlock: Error, CustomStringConvertible {
  /// Who waits for what, one line each, with the stacks of the first; then each circle of green
  /// threads that wait for each other's end.
  public let report: String

  /// The report.
  public var description: String { report }
}

extension Reference where Record == SchedulerState {
  /// Cancels everybody with a report; ends the program if they wait again while unwinding.
  func resolveDeadlock() {
    if let deadlock = it.deadlock { abandon(deadlock) }
    let deadlock = Deadlock(report: deadlockReport())
    it.deadlock = deadlock
    let outermost = it.loop.it.home
    cancel(outermost, by: outermost.it.serial)
    if it.queue.isEmpty { abandon(deadlock) }
  }

  private func abandon(_ deadlock: Deadlock) -> Never {
    printToStandardError(
      deadlock.report + "\nCancelled, they wait again, so the program ends here.\n")
    fatalError("deadlock")
  }

  private func deadlockReport() -> String {
    let snapshot = SchedulerSnapshot(of: self, by: nil, limit: 10_000)
    var names = FrameNames()
    let named = Dictionary(
      snapshot.threads.map { ($0.id, $0.displayName) }, uniquingKeysWith: { first, _ in first })
    let count = "\(snapshot.threadCount) green thread" + (snapshot.threadCount == 1 ? "" : "s")
    var lines = ["Deadlock: nothing can wake any of \(count)."]
    for (index, thread) in snapshot.threads.enumerated() {
      lines.append(thread.deadlockLine(named))
      if index < 16 { lines += names.lines(of: thread.stack).map { "      \($0)" } }
    }
    if snapshot.isTruncated { lines.append("  and others") }
    for circle in snapshot.circles.prefix(16) {
      let members = (circle + circle.prefix(1)).map { named[$0] ?? "\($0)" }
      lines.append("  a circle: " + members.joined(separator: " waits for "))
    }
    return lines.joined(separator: "\n")
  }
}

extension SchedulerSnapshot.Thread {
  fileprivate func deadlockLine(_ named: [UInt64: String]) -> String {
    let line = "  green thread \(displayName), spawned at \(spawnSite), waits "
    guard let reason else { return line + "for nothing" }
    let others = waitsFor.prefix(16).map { named[$0] ?? "\($0)" }.joined(separator: ", ")
    if others.isEmpty { return line + "\(reason)" }
    let isNamed = waitsFor.first.map { Int64(bitPattern: $0) } == reason.subject
    return line + (isNamed ? "\(reason.kind) " : "\(reason) ") + others
  }
}

extension ArraySlice<UInt64> {
  fileprivate var startingWithLeast: [UInt64] {
    guard let least = self.min(), let turn = firstIndex(of: least) else { return [] }
    return Array(self[turn...] + self[..<turn])
  }
}

extension SchedulerSnapshot {
  /// The circles of green threads each of which waits for the end of the next, each once.
  var circles: [[UInt64]] {
    let waits = Dictionary(
      threads.map { ($0.id, $0.waitsFor) }, uniquingKeysWith: { first, _ in first })
    var circles: [[UInt64]] = []
    var done: Set<UInt64> = []
    for thread in threads where !done.contains(thread.id) {
      // Depth first, with the path and what is left to try at each place of it.
      var path = [thread.id]
      var left = [thread.waitsFor]
      while let last = left.indices.last {
        guard let next = left[last].popLast() else {
          done.insert(path.removeLast())
          left.removeLast()
          continue
        }
        if let start = path.firstIndex(of: next) {
          circles.append(path[start...].startingWithLeast)
        } else if !done.contains(next) {
          path.append(next)
          left.append(waits[next] ?? [])
        }
      }
    }
    return circles
  }
}
