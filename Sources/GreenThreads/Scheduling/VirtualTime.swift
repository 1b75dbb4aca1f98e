internal import Synchronization

/// Time that costs nothing: when all green threads wait, the clock jumps to the next deadline.
///
/// The simplest ``EventSource``. There is no I/O, and an hour of sleeping takes microseconds, in
/// the same order on every run. Where nobody sleeps and all wait, the scheduler reports a deadlock.
public final class VirtualTime: EventSource {
  /// Who moves the clock.
  public enum Pace: Sendable {
    /// The clock jumps to the next deadline when nothing else can run.
    case automatic
    /// Only ``VirtualTime/advance(by:)`` moves it.
    case byHand
  }

  private let pace: Pace
  private let interrupter = Interruption()

  /// Starts at ``Instant/zero``.
  public private(set) var now = Instant.zero

  /// A clock that starts at zero.
  public init(_ pace: Pace = .automatic) {
    self.pace = pace
  }

  /// True when the clock moves by itself.
  public var timePasses: Bool { pace == .automatic }

  /// False: nothing happens here but time.
  public var hasWaiters: Bool { false }

  /// Moves the clock forward.
  ///
  /// Those whose deadlines have come by that run when the caller next yields or parks, in the order
  /// of their deadlines; with ``Pace/byHand`` all of them, before the caller goes on. In a seeded
  /// order they can run then, and the seed decides who does when. ``Instant/distantFuture`` never
  /// comes: the clock stops a nanosecond before.
  public func advance(by duration: Duration) {
    let end = Instant(nanoseconds: Instant.distantFuture.nanoseconds - 1)
    now = max(now, min(end, now.advanced(by: duration)))
    currentScheduler()?.pollAtNextSwitch()
  }

  /// Jumps; sleeps only for the sake of other OS threads, when there is no deadline to jump to.
  public func wait(_ patience: Patience) {
    switch patience {
    case .none: break
    case .until(let deadline): now = max(now, deadline)
    case .forever: interrupter.sleep()
    }
  }

  /// Nothing to deliver.
  public func deliver() {}

  /// Ends a sleep in ``wait(_:)``.
  public func interrupt() {
    interrupter.interrupt()
  }
}

@available(*, unavailable, message: "an event source stays on its scheduler's OS thread")
extension VirtualTime: Sendable {}
