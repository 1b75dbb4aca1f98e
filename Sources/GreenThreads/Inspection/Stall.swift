/// A green thread that has run for too long without letting others run.
public struct Stall: Sendable, CustomStringConvertible {
  /// The green thread, with its stack at the time.
  ///
  /// Nil when its OS thread could not be stopped because it has blocked SIGURG meanwhile.
  public let thread: SchedulerSnapshot.Thread?
  /// For how long it had run by then, at least.
  public let duration: Duration

  /// Who, for how long, and where: some lines.
  public var description: String {
    guard let thread else { return "a green thread runs for \(brief(duration)) without a stop\n" }
    var names = FrameNames()
    var text = "green thread \(thread.displayName), spawned at \(thread.spawnSite), "
    text += "runs for \(brief(duration)) without a stop\n"
    for line in names.lines(of: thread.stack) { text += "    \(line)\n" }
    return text
  }

  /// Prints a stall on standard error, which is what happens unless something else is asked for.
  public static func print(_ stall: Stall) {
    printToStandardError(stall.description)
  }
}

extension GreenThread {
  /// Has stalls of the calling green thread's scheduler reported, until `run` ends or
  /// ``stopReportingStalls()``.
  ///
  /// An OS thread watches the scheduler's progress twice in each `threshold`, which costs the
  /// green threads nothing and changes no order. When one has run for longer, its OS thread is
  /// stopped for the moment of a look (see ``RemoteHandle/snapshot(limit:)`` for how). Each stall
  /// is reported once. Asked for again, the new wishes replace the old ones. Unblocks SIGURG on
  /// this OS thread until `run` ends.
  ///
  /// - Parameters:
  ///   - threshold: how long is too long, at least 1 ms; seconds, to find what hangs for good.
  ///   - report: called on the watching OS thread, while the green thread runs on.
  /// - Throws: ``ThreadUnavailable``.
  public static func reportStalls(
    longerThan threshold: Duration = .milliseconds(10),
    to report: @escaping @Sendable (Stall) -> Void = Stall.print
  ) throws {
    let (_, scheduler) = currentThread(for: "GreenThread.reportStalls")
    stopReportingStalls()
    let lookout = scheduler.it.lookout
    lookout.acceptLooks()
    let threshold = max(threshold, .milliseconds(1))
    scheduler.it.stallWatch = try SchedulerWatch(name: "drift-stalls", purpose: "watch for stalls")
    { ending in
      tellStandstills(of: lookout, longerThan: threshold, until: ending) { progress in
        progress.running == 0 ? nil : progress
      } _: { progress, duration in
        let thread = lookout.captureStalled(at: progress)
        // It may have stopped while it was being looked at: then nobody was found.
        guard thread != nil || lookout.progress() == progress else { return }
        report(Stall(thread: thread, duration: duration))
      }
    }
  }

  /// Ends what ``reportStalls(longerThan:to:)`` has begun; no report comes after this.
  ///
  /// Blocks the OS thread until the present report, if any, has been made.
  public static func stopReportingStalls() {
    let (_, scheduler) = currentThread(for: "GreenThread.stopReportingStalls")
    let watch = scheduler.it.stallWatch
    scheduler.it.stallWatch = nil
    watch?.stop()
  }
}
