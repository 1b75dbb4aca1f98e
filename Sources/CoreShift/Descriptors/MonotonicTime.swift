/// The clock that ``TimerDescriptor`` counts on: `CLOCK_MONOTONIC`.
public enum MonotonicTime {
  /// Nanoseconds since some moment before the machine started, by `clock_gettime`; stands still
  /// while it sleeps.
  public static var nanoseconds: Int64 { SystemCall.monotonicNanoseconds() }
}
