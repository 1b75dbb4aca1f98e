/// All green threads wait, and nothing can wake them: no deadline, no event, no other OS thread.
///
/// Thrown by `run` after all of them have been cancelled and unwound.
public struct Deadlock: Error, CustomStringConvertible {
  /// Who waits for what, one line each.
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
    var lines: [String] = []
    forEachThread { thread in
      lines.append(
        """
          green thread \(thread.it.displayName), spawned at \(thread.it.spawnSite), \
        waits \(thread.it.reason.description)
        """)
    }
    let count = "\(lines.count) green thread" + (lines.count == 1 ? "" : "s")
    return "Deadlock: nothing can wake any of \(count).\n" + lines.joined(separator: "\n")
  }

  /// Visits every green thread that has not ended, parents before their children.
  func forEachThread(_ visit: (ThreadReference) -> Void) {
    var pending = [it.loop.it.home]
    while let scope = pending.popLast() {
      var threads: [ThreadReference] = []
      var child = scope.it.firstChild
      while let thread = child {
        threads.append(thread)
        child = thread.it.nextSibling
      }
      // Children are linked newest first.
      for thread in threads.reversed() { visit(thread) }
      var nested = scope.it.firstNested
      while let inner = nested {
        pending.append(inner)
        nested = inner.it.nextNested
      }
    }
  }
}
