/// Nobody has run for too long: all green threads wait, each for something that may still come.
///
/// What a ``Deadlock`` does not cover: as long as anybody waits for a descriptor, a deadline or
/// another OS thread, somebody may be woken, and nothing but time tells that nobody will be.
public struct Idleness: Sendable, CustomStringConvertible {
  /// Who waits, and what for, at the end of that time.
  ///
  /// Nil when the OS thread could not be stopped because it has blocked SIGURG meanwhile.
  public let snapshot: SchedulerSnapshot?
  /// For how long nobody had run by then, at least.
  public let duration: Duration

  /// For how long, then the snapshot's text.
  public var description: String {
    "no green thread has run for \(brief(duration))\n" + (snapshot?.text(byteLimit: 64 << 10) ?? "")
  }

  /// Prints it on standard error, which is what happens unless something else is asked for.
  public static func print(_ idleness: Idleness) {
    printToStandardError(idleness.description)
  }
}

extension GreenThread {
  /// Has it reported when no green thread of the calling one's scheduler runs for `threshold`,
  /// until `run` ends or ``stopReportingIdleness()``.
  ///
  /// For programs that always have something to do, such as a batch, or a server with a heartbeat:
  /// others are idle whenever nobody wants anything. A green thread that wakes now and then, as for
  /// a heartbeat, is progress. The complement of ``reportStalls(longerThan:to:)``, with an OS
  /// thread of its own, which looks twice in each `threshold` and costs the green threads nothing.
  /// Each time of idleness is reported once. Asked for again, the new wishes replace the old ones.
  /// Unblocks SIGURG on this OS thread until `run` ends.
  ///
  /// - Parameters:
  ///   - threshold: how long is too long, at least 1 ms; real time, also where time is virtual.
  ///   - report: called on the watching OS thread.
  /// - Throws: ``ThreadUnavailable``.
  public static func reportIdleness(
    longerThan threshold: Duration,
    to report: @escaping @Sendable (Idleness) -> Void = Idleness.print
  ) throws {
    let (_, scheduler) = currentThread(for: "GreenThread.reportIdleness")
    stopReportingIdleness()
    let lookout = scheduler.it.lookout
    lookout.acceptLooks()
    let threshold = max(threshold, .milliseconds(1))
    scheduler.it.idleWatch = try SchedulerWatch(
      name: "drift-idleness", purpose: "watch for a time in which nobody runs"
    ) { ending in
      tellStandstills(of: lookout, longerThan: threshold, until: ending) { progress in
        progress.running == 0 ? progress.busyTurns : nil
      } _: { turns, duration in
        let snapshot = lookout.capture(limit: 1_000)
        // Somebody may have run by the time it was looked at.
        guard lookout.progress()?.busyTurns == turns else { return }
        report(Idleness(snapshot: snapshot, duration: duration))
      }
    }
  }

  /// Ends what ``reportIdleness(longerThan:to:)`` has begun; no report comes after this.
  ///
  /// Blocks the OS thread until the present report, if any, has been made.
  public static func stopReportingIdleness() {
    let (_, scheduler) = currentThread(for: "GreenThread.stopReportingIdleness")
    let watch = scheduler.it.idleWatch
    scheduler.it.idleWatch = nil
    watch?.stop()
  }
}
