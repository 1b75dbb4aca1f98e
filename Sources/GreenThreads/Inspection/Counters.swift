/// What a scheduler counts.
public struct Counters: Sendable, Equatable {
  /// Green threads spawned.
  public internal(set) var spawned = 0
  /// Green threads that have ended.
  public internal(set) var finished = 0
  /// Spawns into a limited scope that had to wait for room.
  public internal(set) var admissionParks = 0
  /// Wakes that were dropped because their ticket was no longer good: epochs that had passed.
  public internal(set) var staleWakes = 0
  /// Green threads that were woken because what they waited for was closed.
  public internal(set) var closeWakes = 0
  /// Entries of the timer queue that came to its top.
  public internal(set) var timersFired = 0
  /// The most green threads that have been ready to run at once, as the loop saw them at its turns.
  public internal(set) var longestQueue = 0
  /// Turns of the loop, each of which asks the event source once: a program that waits takes none.
  public internal(set) var turns = 0

  /// Those of the calling green thread's scheduler, so far.
  public static var current: Counters {
    currentThread(for: "Counters.current").scheduler.countersNow
  }
}

extension Reference where Record == SchedulerState {
  /// The counters, with what need not be counted because it follows from others.
  var countersNow: Counters {
    var counters = it.counters
    counters.finished = counters.spawned - it.liveThreads
    counters.turns = Int(clamping: it.turns)
    return counters
  }
}

extension GreenThread {
  /// How many stacks the calling green thread's scheduler has given out: one to each green thread
  /// that has begun and not ended.
  ///
  /// Those that lie ready for the next ones are not counted.
  public static var stacksInUse: Int {
    currentThread(for: "GreenThread.stacksInUse").scheduler.it.stacks.usedCount
  }
}
