/// A point in time on an event source's clock, in whole nanoseconds.
///
/// On a real clock it is CLOCK_MONOTONIC, which does not count suspension; in virtual time it
/// starts at ``zero``. Arithmetic saturates: ``distantFuture`` is 292 years away and means never.
public struct Instant: Hashable, Comparable, Sendable, InstantProtocol, CustomStringConvertible {
  /// Nanoseconds since the clock's zero.
  public let nanoseconds: Int64

  /// An instant so many nanoseconds after the clock's zero.
  @inlinable
  public init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// The clock's zero.
  public static let zero = Instant(nanoseconds: 0)

  /// Never.
  public static let distantFuture = Instant(nanoseconds: .max)

  /// The present time of the calling green thread's scheduler.
  public static var now: Instant {
    let (_, scheduler) = currentThread(for: "Instant.now")
    return scheduler.now
  }

  /// Later by `duration`, rounded up to nanoseconds; earlier if it is negative.
  public func advanced(by duration: Duration) -> Instant {
    let step = duration.wholeNanoseconds
    // So long means for ever, wherever it begins.
    if step == .max { return .distantFuture }
    let (sum, overflow) = nanoseconds.addingReportingOverflow(step)
    return Instant(nanoseconds: overflow ? (step < 0 ? .min : .max) : sum)
  }

  @inline(__always)
  func advanced(byNanoseconds count: Int64) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(count)
    return overflow ? .distantFuture : Instant(nanoseconds: sum)
  }

  /// How much later `other` is.
  public func duration(to other: Instant) -> Duration {
    let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
    if overflow { return .nanoseconds(other > self ? Int64.max : .min) }
    return .nanoseconds(difference)
  }

  /// How far it is from the clock's zero: `1.5 seconds`.
  public var description: String {
    self == .distantFuture ? "never" : "\(Duration.nanoseconds(nanoseconds))"
  }

  /// Earlier.
  @inlinable
  public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}

extension Duration {
  /// Saturating, and rounded up, so that no wait ends early.
  var wholeNanoseconds: Int64 {
    // First: a duration can be longer than the number of seconds that `components` has room for.
    if self >= .nanoseconds(Int64.max) { return .max }
    if self <= .nanoseconds(Int64.min) { return .min }
    let (seconds, attoseconds) = components
    let rest = attoseconds / 1_000_000_000 + (attoseconds % 1_000_000_000 > 0 ? 1 : 0)
    return seconds * 1_000_000_000 + rest
  }
}
