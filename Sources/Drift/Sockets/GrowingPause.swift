internal import GreenThreads

/// How long to wait before a try that nothing announces: twice as long each time, up to a limit.
struct GrowingPause {
  private var next: Duration
  private let longest: Duration

  init(from shortest: Duration, to longest: Duration) {
    next = shortest
    self.longest = longest
  }

  /// The time for this pause; the next one is longer.
  mutating func take() -> Duration {
    defer { next = min(next * 2, longest) }
    return next
  }

  /// Parks for this pause; who has `ticket` may end it.
  mutating func park(_ ticket: WakeTicket = WakeTicket(), for reason: ParkReason) throws {
    try GreenThread.park(ticket, for: reason, until: .now.advanced(by: take()))
  }
}
