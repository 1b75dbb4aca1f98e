/// Ticks at regular times, and says how many ticks have been missed.
///
/// The times are multiples of the interval from the first on, and not from when the last tick was
/// taken: a slow turn makes one tick late, not all that follow. For one green thread at a time.
public final class Ticker {
  /// The time between two ticks.
  public let interval: Duration
  /// When it ticks next; in the past when a tick is due.
  public private(set) var nextTick: Instant

  /// Ticks first after one interval, or at `first`.
  ///
  /// - Parameters:
  ///   - interval: at least a nanosecond.
  ///   - first: the first tick; one interval from now when nil.
  /// - Throws: ``InvalidArgument`` for an interval that is not positive.
  public init(every interval: Duration, first: Instant? = nil) throws {
    guard interval > .zero else { throw InvalidArgument("a ticker's interval of \(interval)") }
    self.interval = interval
    nextTick = first ?? .now.advanced(by: interval)
  }

  /// Waits for the next tick; one that is due already is taken at once.
  ///
  /// Parks.
  ///
  /// - Returns: how many ticks before this one nobody has waited for: 0 for who is always in time.
  /// - Throws: ``Cancelled``; the tick is still to come then.
  @discardableResult
  public func next() throws -> Int {
    try GreenThread.sleep(until: nextTick)
    let interval = Int128(interval.wholeNanoseconds)
    let tick = Int128(nextTick.nanoseconds)
    let missed = max(0, Int128(Instant.now.nanoseconds) - tick) / interval
    nextTick = Instant(nanoseconds: Int64(clamping: tick + (missed + 1) * interval))
    return Int(clamping: missed)
  }
}

@available(*, unavailable, message: "a ticker stays on its scheduler's OS thread")
extension Ticker: Sendable {}
