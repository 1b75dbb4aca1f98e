internal import Synchronization

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
