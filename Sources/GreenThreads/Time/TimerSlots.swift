/// A row of slots, and which of them have entries.
@safe
struct TimerSlots {
  // SAFETY: `count` slots, and a bit for each, all initialised; an index is below `count`, which is
  // a multiple of 64.
  private let slots: UnsafeMutablePointer<TimerSlot>
  private let occupied: UnsafeMutablePointer<UInt64>
  let count: Int

  init(count: Int) {
    self.count = count
    unsafe slots = .allocate(capacity: count)
    unsafe slots.initialize(repeating: nil, count: count)
    unsafe occupied = .allocate(capacity: count / 64)
    unsafe occupied.initialize(repeating: 0, count: count / 64)
  }

  @inline(__always)
  func append(_ entry: TimerChunk.Entry, to index: Int, _ chunks: inout TimerChunks) {
    unsafe occupied[index / 64] |= 1 << UInt64(index % 64)
    unsafe chunks.append(entry, to: &slots[index])
  }

  /// Empties a slot.
  ///
  /// - Returns: its first chunk; each must be given back.
  func take(_ index: Int) -> ChunkReference? {
    unsafe occupied[index / 64] &= ~(1 << UInt64(index % 64))
    defer { unsafe slots[index] = nil }
    return unsafe slots[index]
  }

  var isEmpty: Bool { firstOccupied(in: 0..<count) == nil }

  /// The first slot of `range` that has entries.
  func firstOccupied(in range: Range<Int>) -> Int? {
    var index = range.lowerBound
    while index < range.upperBound {
      let rest = unsafe occupied[index / 64] >> UInt64(index % 64)
      if rest != 0 {
        let found = index + rest.trailingZeroBitCount
        return found < range.upperBound ? found : nil
      }
      index = (index / 64 + 1) * 64
    }
    return nil
  }

  /// Takes out the entries that are for nobody, and links the records that they were for.
  ///
  /// - Returns: how many they were.
  func removeVoid(_ gone: inout DelayedReference?, _ chunks: inout TimerChunks) -> Int {
    var removed = 0
    var start = 0
    while let index = firstOccupied(in: start..<count) {
      start = index + 1
      var next = take(index)
      while let chunk = next {
        for place in 0..<chunk.it.count {
          let entry = chunk.it.entries[place]
          if entry.timed.it.timerIndex == DelayedRecord.isVoid {
            entry.timed.it.nextSibling = gone
            gone = entry.timed
            removed += 1
          } else {
            append(entry, to: index, &chunks)
          }
        }
        next = chunks.giveBack(chunk)
      }
    }
    return removed
  }

  /// Empties all slots.
  ///
  /// - Parameter last: what comes behind their last chunk.
  /// - Returns: the first of the chunks, each of which must be given back.
  func takeAll(before last: ChunkReference?) -> ChunkReference? {
    var first = last
    var start = 0
    while let index = firstOccupied(in: start..<count) {
      start = index + 1
      var next = take(index)
      while let chunk = next {
        next = chunk.it.next
        chunk.it.next = first
        first = chunk
      }
    }
    return first
  }

  func deallocate() {
    unsafe slots.deallocate()
    unsafe occupied.deallocate()
  }
}
