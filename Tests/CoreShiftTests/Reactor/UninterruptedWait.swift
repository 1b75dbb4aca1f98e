import CoreShift

extension Reactor {
  /// Waits for events, however many signals come meanwhile; 0 when the time is over.
  ///
  /// So that the tests can run under a storm of signals, each of which ends a plain wait.
  mutating func waitUninterrupted(
    into events: inout [Event], upTo limit: Int, for duration: Duration
  ) throws(CoreError) -> Int {
    let deadline = ContinuousClock.now + duration
    while true {
      let left = deadline - ContinuousClock.now
      let count = try wait(into: &events, upTo: limit, for: left)
      if count > 0 || left <= .zero { return count }
    }
  }
}
