extension Instant {
  /// Later by a duration, as ``advanced(by:)``.
  public static func + (instant: Instant, duration: Duration) -> Instant {
    instant.advanced(by: duration)
  }

  /// Earlier by a duration.
  public static func - (instant: Instant, duration: Duration) -> Instant {
    // The least duration has no opposite.
    instant.advanced(by: .zero - max(duration, .nanoseconds(Int64.min)))
  }

  /// How much later the first one is.
  public static func - (later: Instant, earlier: Instant) -> Duration {
    earlier.duration(to: later)
  }
}
