/// Where a scheduler's time and wake-ups come from.
///
/// Begin with ``VirtualTime``, the simplest one.
///
/// The contract. ``now`` is asked for at any time, also by green threads, and ``observe(_:)`` by
/// whoever makes a report. All else a scheduler calls from its loop, never from a green thread, and
/// once for each batch of green threads that it has run (on which stack is another matter, see
/// ``needsLittleStack``):
///
/// 1. ``wait(_:)`` sleeps as long as it is told, or shorter, and takes in what has happened.
/// 2. The scheduler reads ``now`` and wakes the green threads whose deadlines have come. They are
///    first, so that a busy peer can keep nobody from ever timing out, and they run before those
///    that wait for their turn: some two hundred, and the next of them after the next poll.
/// 3. ``deliver()`` wakes, by the tickets they left, the green threads that what was taken in
///    concerns. A ticket that is no longer good is dropped by ``WakeTicket/wake(_:)`` itself.
///
/// A source parks nobody: an operation takes a ticket, leaves it with the source, and parks.
public protocol EventSource: AnyObject {
  /// The time, which never goes backwards.
  var now: Instant { get }

  /// The time as it was some milliseconds ago at most, for reports about how long somebody has been
  /// waiting; ``now`` when nothing is said.
  ///
  /// Asked for in most turns, where it may be cheaper.
  var recently: Instant { get }

  /// Whether a deadline comes by waiting. False for a clock that is moved by hand.
  var timePasses: Bool { get }

  /// How much later than its deadline a green thread may be woken when some hundred others have
  /// deadlines too; zero when nothing is said.
  ///
  /// Each wake of the OS thread costs some microseconds: where deadlines come every microsecond it
  /// is better to take them in together. With few timers none is late for another's sake.
  var slack: Duration { get }

  /// Whether ``wait(_:)`` and ``deliver()`` make do with 16 KiB of stack; false when nothing is
  /// said.
  ///
  /// Then they are also called on the stack of the green thread that was the last to park, which
  /// saves two switches. There, too, nothing can park.
  var needsLittleStack: Bool { get }

  /// Whether somebody waits for this source to wake him, so that waiting is not a deadlock.
  var hasWaiters: Bool { get }

  /// Tells what a report says about this source, such as how many wait for it: up to sixteen
  /// numbers, with their names.
  ///
  /// Also called on another OS thread while the scheduler's own one stands still, wherever it
  /// happened to be. So it reads numbers, which may be in the middle of a change, and neither
  /// allocates nor takes a lock: who holds that may be the one that stands still.
  func observe(_ tell: (_ name: StaticString, _ count: Int) -> Void)

  /// Sleeps no longer than `patience` allows, until something happens or ``interrupt()`` is called.
  func wait(_ patience: Patience)

  /// Makes those runnable whom the last wait's events concern.
  func deliver()

  /// Ends the present wait, or the next one if there is none. Callable from any OS thread.
  func interrupt()
}

extension EventSource {
  /// Nothing beyond what the scheduler itself knows.
  public func observe(_ tell: (_ name: StaticString, _ count: Int) -> Void) {}

  /// Zero: every deadline by itself.
  public var slack: Duration { .zero }

  /// The time itself.
  public var recently: Instant { now }

  /// False: only on the loop's own stack.
  public var needsLittleStack: Bool { false }
}

/// How long an ``EventSource`` may sleep.
public enum Patience: Equatable, Sendable {
  /// Not at all: others can run.
  case none
  /// Until that time.
  case until(Instant)
  /// For as long as it takes.
  case forever
}

extension GreenThread {
  /// The event source of the calling green thread's scheduler, for operations that wait on it.
  public static var eventSource: any EventSource {
    currentThread(for: "GreenThread.eventSource").scheduler.it.source
  }

  /// Whether the calling OS thread runs a scheduler, on a green thread or on its loop, whose event
  /// source this is.
  package static func isServed(by source: any EventSource) -> Bool {
    currentScheduler()?.it.source === source
  }
}
