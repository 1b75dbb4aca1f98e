internal import CoreShift
internal import GreenThreads

/// What a scheduler's event loop counts of the processes that it has started.
public struct ProcessCounters: Sendable, Equatable {
  /// Processes that have begun to execute.
  public internal(set) var spawned = 0
  /// Commands that could not be started.
  public internal(set) var failed = 0
  /// Processes that were sent KILL from here: after a grace, or because they were dropped.
  public internal(set) var killed = 0
  /// Processes that have ended and been reaped, also those that nobody held any more.
  public internal(set) var reaped = 0
  /// Processes that have not: they run, or their end has not been seen yet.
  public var live: Int { spawned - reaped }

  /// Those of the calling green thread's event loop, so far.
  public static var current: ProcessCounters {
    ReactorEvents.current(for: "ProcessCounters.current").processes
  }
}
