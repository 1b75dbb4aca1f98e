/// Those that begin so late that not even their second matters yet.
///
/// A hierarchical timing wheel (Varghese and Lauck, 1987): a slot of the lowest level is one span
/// of 2^31 ns, and one of each further level is 64 times as long as one of the level below. An
/// entry is written anew once for each level, and its record is not touched.
struct TimerWheel {
  private static let levels = 6
  private static let digit: UInt64 = 6
  private static let slotsOfLevel = 64

  let slots = TimerSlots(count: levels * slotsOfLevel)
  /// All entries are for later spans; to be set only where there are none.
  var span: UInt64

  /// Counts from the earliest instant that there is.
  @inline(__always)
  static func span(of instant: Instant) -> UInt64 {
    UInt64(bitPattern: instant.nanoseconds ^ .min) >> 31
  }

  /// Keeps `entry`, which is for a later span.
  func insert(_ entry: TimerChunk.Entry, _ chunks: inout TimerChunks) {
    let own = Self.span(of: entry.deadline)
    // The highest digit in which it differs from the present.
    let level = UInt64(63 - (own ^ span | 1).leadingZeroBitCount) / Self.digit
    let slot = (own >> (level * Self.digit)) & 63
    slots.append(entry, to: Int(level) * Self.slotsOfLevel + Int(slot), &chunks)
  }

  /// Goes on to the earliest span that has entries, or to `last` if that comes before, and empties
  /// it.
  ///
  /// - Returns: the first of its chunks, each of which must be given back; nil when none is so
  ///   early.
  mutating func takeEarliest(
    notAfter last: UInt64, _ chunks: inout TimerChunks
  ) -> ChunkReference? {
    while let index = slots.firstOccupied(in: 0..<slots.count) {
      let (level, slot) = index.quotientAndRemainder(dividingBy: Self.slotsOfLevel)
      let shift = UInt64(level) * Self.digit
      let first = (span >> (shift + Self.digit)) << (shift + Self.digit) | UInt64(slot) << shift
      if first > last { break }
      span = first
      var next = slots.take(index)
      if level == 0 { return next }
      // Those of the slot's first span come into the first slot of the lowest level.
      while let chunk = next {
        for place in 0..<chunk.it.count { insert(chunk.it.entries[place], &chunks) }
        next = chunks.giveBack(chunk)
      }
    }
    if last != .max { span = max(span, last) }
    return nil
  }

  func deallocate() {
    slots.deallocate()
  }
}
