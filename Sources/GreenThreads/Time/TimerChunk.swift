/// As many entries, in no order, as fit into a kilobyte; and where the next such lie.
struct TimerChunk {
  typealias Entry = TimerHeap<DelayedRecord>.Entry

  static let capacity = 63

  var next: ChunkReference?
  var count: Int
  // As many as the capacity, which a type's argument cannot name.
  var entries: InlineArray<63, Entry>
}

typealias ChunkReference = Reference<TimerChunk>

/// The first of the chunks of one slot; nil where nobody begins then.
typealias TimerSlot = ChunkReference?

/// The chunks of one scheduler.
struct TimerChunks {
  private var slab = Slab<TimerChunk>()
  private var free: ChunkReference?

  private mutating func make() -> ChunkReference {
    if let chunk = free {
      free = chunk.it.next
      return chunk
    }
    // SAFETY: whatever lies there, only entries that have been written are read.
    return unsafe ChunkReference(slab.next())
  }

  /// Takes `chunk`, whose entries are elsewhere, back, and goes on to the next of its slot.
  @inline(__always)
  mutating func giveBack(_ chunk: ChunkReference) -> ChunkReference? {
    let next = chunk.it.next
    chunk.it.next = free
    free = chunk
    return next
  }

  /// Writes `entry` into `slot`.
  @inline(__always)
  mutating func append(_ entry: TimerChunk.Entry, to slot: inout TimerSlot) {
    if let chunk = slot, chunk.it.count < TimerChunk.capacity {
      chunk.it.entries[chunk.it.count] = entry
      chunk.it.count += 1
      return
    }
    let chunk = make()
    chunk.it.next = slot
    chunk.it.count = 1
    chunk.it.entries[0] = entry
    slot = chunk
  }

  mutating func deallocate() {
    free = nil
    slab.retire()
  }
}
