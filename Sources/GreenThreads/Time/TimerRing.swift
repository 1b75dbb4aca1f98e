/// Those that begin within some seconds, by ticks of 2^18 ns.
///
/// A slot for each tick: an entry is written once, where it belongs, and its record is not touched
/// until its tick has come.
struct TimerRing {
  private static let slotCount = 1 << 14

  let slots = TimerSlots(count: slotCount)
  /// How many ticks one span of a ``TimerWheel`` has; two of those fit into the ring.
  static let ticksOfSpan: UInt64 = 1 << 13

  /// All entries are for later ticks; to be set only where there are none.
  var tick: UInt64

  /// Counts from the earliest instant that there is.
  @inline(__always)
  static func tick(of instant: Instant) -> UInt64 {
    UInt64(bitPattern: instant.nanoseconds ^ .min) >> 18
  }

  /// The span in which the present tick lies.
  var span: UInt64 { tick / Self.ticksOfSpan }

  /// Keeps `entry`, which is for a later tick, of this span or the next.
  @inline(__always)
  func insert(_ entry: TimerChunk.Entry, _ chunks: inout TimerChunks) {
    let slot = Self.tick(of: entry.deadline) % UInt64(Self.slotCount)
    slots.append(entry, to: Int(slot), &chunks)
  }

  /// Goes on to the earliest tick that has entries, and empties it.
  ///
  /// - Returns: the first of its chunks, each of which must be given back; nil when there is none.
  mutating func takeEarliest() -> ChunkReference? {
    let start = Int((tick &+ 1) % UInt64(Self.slotCount))
    let found =
      slots.firstOccupied(in: start..<Self.slotCount) ?? slots.firstOccupied(in: 0..<start)
    guard let found else { return nil }
    let distance = (found - start + Self.slotCount) % Self.slotCount
    tick &+= UInt64(distance) &+ 1
    return slots.take(found)
  }

  func deallocate() {
    slots.deallocate()
  }
}
