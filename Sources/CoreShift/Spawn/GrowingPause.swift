/// The pauses between two looks at what no event tells of: from a millisecond to twenty.
struct GrowingPause {
  private var nanoseconds: Int64 = 1_000_000

  /// How long to wait until the next look, in nanoseconds.
  mutating func next() -> Int64 {
    defer { nanoseconds = min(2 * nanoseconds, 20_000_000) }
    return nanoseconds
  }
}
