internal import CGreenThreads

extension Instant {
  /// CLOCK_MONOTONIC, for event sources that run in real time.
  ///
  /// Callable anywhere.
  public static var monotonicNow: Instant {
    Instant(nanoseconds: cgreenthreads_monotonic_now())
  }
}
