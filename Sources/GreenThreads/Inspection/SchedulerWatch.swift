/// An OS thread that looks at a scheduler again and again.
final class SchedulerWatch {
  private let thread: OwnedThread
  private let ending = Interruption()

  /// Starts it.
  ///
  /// - Parameters:
  ///   - name: at most 15 bytes.
  ///   - purpose: continues "an OS thread to".
  ///   - body: looks until it is interrupted.
  /// - Throws: ``ThreadUnavailable``.
  init(
    name: String, purpose: String, _ body: @escaping @Sendable (_ ending: Interruption) -> Void
  ) throws {
    let ending = ending
    thread = try OwnedThread.start(name: name, purpose: purpose) { body(ending) }
  }

  /// Waits until the present look, and its report, have ended.
  func stop() {
    ending.interrupt()
    thread.join()
  }
}

/// Looks twice in each `threshold`, until it is interrupted or the scheduler has ended, and tells
/// of each standstill once.
///
/// - Parameters:
///   - lookout: through which it looks.
///   - threshold: how long a standstill must have lasted to be told.
///   - ending: ends it.
///   - mark: what stays the same during a standstill; nil while there is none.
///   - tell: gets the mark, and for how long it has been the same, at least.
func tellStandstills<Mark: Equatable>(
  of lookout: Lookout, longerThan threshold: Duration, until ending: Interruption,
  _ mark: (Progress) -> Mark?, _ tell: (Mark, Duration) -> Void
) {
  var seen: Mark?
  var since = Instant.monotonicNow
  var isTold = false
  while !ending.sleep(for: threshold / 2) {
    guard let progress = lookout.progress() else { return }
    let now = Instant.monotonicNow
    guard let present = mark(progress), present == seen else {
      (seen, since, isTold) = (mark(progress), now, false)
      continue
    }
    let duration = since.duration(to: now)
    guard duration >= threshold, !isTold else { continue }
    isTold = true
    tell(present, duration)
  }
}
