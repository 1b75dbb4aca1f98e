/// A timer that a reactor can watch: a timerfd on the monotonic clock.
///
/// It becomes readable when it fires. Arming it again clears that, so that a user of
/// edge-triggered readiness need never read it. Unlike a reactor's own timeout it has no slack.
/// Non-blocking and close-on-exec; disarmed at first. Each way to arm it is one `timerfd_settime`,
/// which does not fail on a timer that is still open.
@frozen
public struct TimerDescriptor: ~Copyable, Sendable {
  /// The descriptor, to register with a reactor.
  public let descriptor: Fd

  /// Makes a disarmed timer; `timerfd_create(CLOCK_MONOTONIC)`.
  public init() throws(CoreError) {
    descriptor = try Fd(result: SystemCall.timerDescriptor(), "timerfd_create")
  }

  /// Fires once, `delay` from now; zero or less fires at once, nil disarms.
  public borrowing func arm(after delay: Duration?) throws(CoreError) {
    guard let delay else { return try disarm() }
    // Zero would mean "disarm" to the kernel.
    try set(first: max(1, delay.nanosecondsRoundedUp), interval: 0, isAbsolute: false)
  }

  /// Fires every `interval` from now on; an interval below a nanosecond counts as one.
  public borrowing func arm(every interval: Duration) throws(CoreError) {
    let nanoseconds = max(1, interval.nanosecondsRoundedUp)
    try set(first: nanoseconds, interval: nanoseconds, isAbsolute: false)
  }

  /// Fires at a time of `CLOCK_MONOTONIC`, in nanoseconds, and every `interval` from then on.
  ///
  /// The times do not drift, however late their expirations are taken. With a first time in the
  /// past, those that have been missed count as expirations at once.
  public borrowing func arm(
    every interval: Duration, fromMonotonicNanoseconds first: Int64
  ) throws(CoreError) {
    try set(
      first: max(1, first), interval: max(1, interval.nanosecondsRoundedUp), isAbsolute: true)
  }

  /// Fires once at a time of `CLOCK_MONOTONIC`, in nanoseconds; a time in the past fires at once.
  public borrowing func arm(atMonotonicNanoseconds deadline: Int64) throws(CoreError) {
    try set(first: max(1, deadline), interval: 0, isAbsolute: true)
  }

  /// Fires no more, and is no longer readable.
  public borrowing func disarm() throws(CoreError) {
    try set(first: 0, interval: 0, isAbsolute: false)
  }

  /// How often it has fired since it was last armed or asked; would-block when it has not.
  ///
  /// More than one are intervals that nobody has taken in time.
  public borrowing func takeExpirations() throws(CoreError) -> CountOutcome {
    let number = descriptor.rawValue
    let (result, value) = SystemCall.readCounter(number)
    return try CountOutcome(result: result, value, "read", number)
  }

  private borrowing func set(
    first: Int64, interval: Int64, isAbsolute: Bool
  ) throws(CoreError) {
    let number = descriptor.rawValue
    try check(
      SystemCall.armTimer(number, first: first, interval: interval, isAbsolute: isAbsolute),
      "timerfd_settime", .descriptor(number))
  }
}
