internal import CGreenThreads

extension Instant {
  /// CLOCK_MONOTONIC, for event sources that run in real time.
  ///
  /// Callable anywhere.
  public static var monotonicNow: Instant {
    Instant(nanoseconds: cgreenthreads_monotonic_now())
  }

  /// The same clock at the kernel's last tick, `CLOCK_MONOTONIC_COARSE`: up to 10 milliseconds ago,
  /// for a quarter of the price.
  package static var monotonicRecently: Instant {
    Instant(nanoseconds: cgreenthreads_monotonic_recently())
  }
}
