/// How long to wait before another look at what nothing announces: twice as long each time, up to a
/// limit.
package struct GrowingPause {
  private var next: Duration
  private let longest: Duration

  package init(from shortest: Duration, to longest: Duration) {
    next = shortest
    self.longest = longest
  }

  /// For looks that cost a system call: from a millisecond to twenty.
  package static var betweenLooks: GrowingPause {
    GrowingPause(from: .milliseconds(1), to: .milliseconds(20))
  }

  /// The time for this pause; the next one is longer.
  package mutating func take() -> Duration {
    defer { next = min(next * 2, longest) }
    return next
  }
}
