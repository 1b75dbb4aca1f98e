/// Those whose tick has not come: the next seconds by the tick, and what is further away by powers
/// of 64.
///
/// Neither keeps an order within a tick, and nothing can be taken out of the middle: an entry whose
/// record says that it is void stays until its tick comes, or until ``removeVoid()``.
struct LaterTimers {
  private var ring: TimerRing
  /// What is later than the span behind the ring's own.
  private(set) var wheel: TimerWheel
  private var chunks = TimerChunks()
  /// How many entries there are, void ones among them.
  private(set) var count = 0

  /// For those that are later than the tick of `instant`.
  init(after instant: Instant) {
    ring = TimerRing(tick: TimerRing.tick(of: instant))
    wheel = TimerWheel(span: ring.span + 1)
  }

  var isEmpty: Bool { count == 0 }

  /// Whether `instant` is late enough to be kept here.
  @inline(__always)
  func isLater(_ instant: Instant) -> Bool {
    TimerRing.tick(of: instant) > ring.tick
  }

  /// Whether the present tick is ahead of that of `instant`, so that some which come after it could
  /// not be kept here.
  func isBehind(_ instant: Instant) -> Bool {
    TimerRing.tick(of: instant) < ring.tick
  }

  /// Keeps from now on what is later than the tick of `instant`; it is empty.
  mutating func restart(after instant: Instant) {
    ring.tick = TimerRing.tick(of: instant)
    wheel.span = ring.span + 1
  }

  /// Keeps `entry`, which is late enough.
  @inline(__always)
  mutating func insert(_ entry: TimerChunk.Entry) {
    count += 1
    if TimerWheel.span(of: entry.deadline) <= wheel.span {
      ring.insert(entry, &chunks)
    } else {
      wheel.insert(entry, &chunks)
    }
  }

  /// Goes on to the earliest tick that has entries, and empties it.
  ///
  /// - Returns: the first of its chunks, each of which must be given back.
  mutating func takeEarliest() -> ChunkReference? {
    var first = ring.takeEarliest()
    if first == nil, let next = wheel.takeEarliest(notAfter: .max, &chunks) {
      ring.tick = wheel.span * TimerRing.ticksOfSpan - 1
      pour(next)
      first = ring.takeEarliest()
    }
    // The next span, too, so that who begins within two seconds is always written into the ring at
    // once: nobody then waits for many who are brought from the wheel at the span's beginning.
    while wheel.span <= ring.span {
      pour(wheel.takeEarliest(notAfter: ring.span + 1, &chunks))
    }
    return first
  }

  /// Takes all out.
  ///
  /// - Returns: the first of the chunks, each of which must be given back.
  mutating func takeAll() -> ChunkReference? {
    ring.slots.takeAll(before: wheel.slots.takeAll(before: nil))
  }

  private mutating func pour(_ first: ChunkReference?) {
    var next = first
    while let chunk = next {
      for place in 0..<chunk.it.count { ring.insert(chunk.it.entries[place], &chunks) }
      next = chunks.giveBack(chunk)
    }
  }

  /// Takes back a chunk that was taken out, and goes on to the next.
  mutating func giveBack(_ chunk: ChunkReference) -> ChunkReference? {
    count -= chunk.it.count
    return chunks.giveBack(chunk)
  }

  /// Takes out the entries that are for nobody: one look at each.
  ///
  /// - Returns: the records that they were for, linked by `nextSibling`.
  mutating func removeVoid() -> DelayedReference? {
    var gone: DelayedReference?
    count -= ring.slots.removeVoid(&gone, &chunks) + wheel.slots.removeVoid(&gone, &chunks)
    return gone
  }

  mutating func deallocate() {
    ring.deallocate()
    wheel.deallocate()
    chunks.deallocate()
  }
}
