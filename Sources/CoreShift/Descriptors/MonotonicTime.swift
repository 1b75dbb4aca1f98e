/// The clock that ``TimerDescriptor`` counts on: `CLOCK_MONOTONIC`.
public enum MonotonicTime {
  /// Nanoseconds since some moment before the machine started; stands still while it sleeps.
  public static var nanoseconds: Int64 { SystemCall.monotonicNanoseconds() }
}
