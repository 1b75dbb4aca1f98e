/// What a scheduler counts.
public struct Counters: Sendable, Equatable {
  /// Green threads spawned.
  public internal(set) var spawned = 0
  /// Wakes that were dropped because their ticket was no longer good: epochs that had passed.
  public internal(set) var staleWakes = 0
  /// Green threads that were woken because what they waited for was closed.
  public internal(set) var closeWakes = 0
  /// Entries of the timer queue that came to its top.
  public internal(set) var timersFired = 0
  /// The most green threads that have been ready to run at once, as the loop saw them at its turns.
  public internal(set) var longestQueue = 0

  /// Those of the calling green thread's scheduler, so far.
  public static var current: Counters {
    currentThread(for: "Counters.current").scheduler.it.counters
  }
}
