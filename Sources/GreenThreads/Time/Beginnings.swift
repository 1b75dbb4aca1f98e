/// Those that are to begin later, by when.
///
/// The next are in a heap. Where there are many, those whose tick has not come are kept apart, and
/// come into the heap a tick at a time: so it stays in the caches, where a heap of all would move
/// ten entries, and write to as many records, for each that leaves.
@safe
struct Beginnings {
  private var heap = TimerHeap<DelayedRecord>()
  /// Nil or empty, or else the heap is not; then each is later than the heap's first.
  private var later: LaterTimers?
  /// How many entries among those are for nobody.
  private var voidCount = 0

  private var records = Slab<DelayedRecord>()
  private var freeRecords: DelayedReference?

  /// How many are in the heap alone.
  static let many = 1024
  /// How many must be in the heap before it is looked at whether some can be kept apart.
  private var limit = Self.many

  var isEmpty: Bool { heap.isEmpty }
  var count: Int { heap.count + (later?.count ?? 0) - voidCount }

  /// How many of them have an exact order.
  var countInHeap: Int { heap.count }

  /// The one that comes before all others.
  var first: TimerHeap<DelayedRecord>.Entry? { heap.first }

  /// Lets `delayed` come at its start; its sequence is set.
  mutating func insert(_ delayed: DelayedReference) {
    if (heap.count >= limit && spread()) || hasLater {
      place(delayed)
    } else {
      heap.insert(delayed, by: delayed.it.start)
    }
  }

  private var hasLater: Bool { later?.isEmpty == false }

  @inline(__always)
  private mutating func place(_ delayed: DelayedReference) {
    let start = delayed.it.start
    guard later?.isLater(start) == true else { return heap.insert(delayed, by: start) }
    delayed.it.timerIndex = DelayedRecord.isLater
    later?.insert(TimerHeap.Entry(deadline: start, timed: delayed))
  }

  /// Begins to keep apart what is later than the tick of the first of all; also after that has gone
  /// on to who comes much later, so that all who have been spawned since are in the heap.
  ///
  /// Costs a look at each. As many must have come into the heap since the last time, or have left
  /// it, as were in it then; and who is apart already is looked at only if they are not many more.
  ///
  /// - Returns: whether it has done so.
  @inline(never)
  private mutating func spread() -> Bool {
    guard let first else { return false }
    var apart: ChunkReference?
    if let present = later?.count {
      let isWorthIt = later?.isBehind(first.deadline) == true && present <= 4 * heap.count
      guard present == 0 || isWorthIt else { return false }
      apart = later?.takeAll()
      later?.restart(after: first.deadline)
    } else {
      later = LaterTimers(after: first.deadline)
    }
    var all = heap
    // Not to grow when its entries come: then there may be millions of small pieces of freed
    // memory, and the allocator looks at each of them before it hands out a large one.
    heap = TimerHeap(capacity: all.capacity)
    while let entry = all.removeLast() { place(entry.timed) }
    all.deallocate()
    while let chunk = apart {
      for index in 0..<chunk.it.count {
        let delayed = chunk.it.entries[index].timed
        if delayed.it.timerIndex == DelayedRecord.isVoid { forget(delayed) } else { place(delayed) }
      }
      apart = later?.giveBack(chunk)
    }
    limit = max(Self.many, 2 * heap.count)
    return true
  }

  /// Drops the entry of `delayed`, if it has one; its scope does not know of it any more.
  mutating func remove(_ delayed: DelayedReference) {
    if delayed.it.timerIndex >= 0 {
      heap.remove(delayed)
      if heap.isEmpty { limit = Self.many }
      refill()
    } else if delayed.it.timerIndex == DelayedRecord.isLater {
      delayed.it.timerIndex = DelayedRecord.isVoid
      voidCount += 1
      // Half of them: so each look at all of them is paid for by as many that have gone.
      if voidCount >= Self.many, voidCount > (later?.count ?? 0) / 2 { forgetVoid() }
    }
  }

  /// Brings those of the next ticks into the heap until its first is the first of all.
  @inline(__always)
  private mutating func refill() {
    while hasLater {
      if let first, later?.isLater(first.deadline) == false { return }
      bringNextTick()
    }
  }

  private mutating func bringNextTick() {
    var next = later?.takeEarliest()
    while let chunk = next {
      for place in 0..<chunk.it.count { DelayedRecord.prefetchTimer(chunk.it.entries[place].timed) }
      for place in 0..<chunk.it.count { bring(chunk.it.entries[place]) }
      next = later?.giveBack(chunk)
    }
  }

  private mutating func bring(_ entry: TimerChunk.Entry) {
    if entry.timed.it.timerIndex == DelayedRecord.isVoid { return forget(entry.timed) }
    DelayedRecord.prefetchWake(entry.timed)
    heap.insert(entry.timed, by: entry.deadline)
  }

  @inline(never)
  private mutating func forgetVoid() {
    var next = later?.removeVoid()
    while let delayed = next {
      next = delayed.it.nextSibling
      forget(delayed)
    }
  }

  /// The entry of `delayed`, which was for nobody, is gone.
  private mutating func forget(_ delayed: DelayedReference) {
    voidCount -= 1
    delayed.it.timerIndex = -1
    if delayed.it.serial == 0 { free(delayed) }
  }

  // --- Their records ---

  /// A record that is nobody's.
  @inline(__always)
  mutating func makeRecord(in home: ScopeReference) -> DelayedReference {
    if let free = freeRecords {
      freeRecords = free.it.nextSibling
      return free
    }
    // SAFETY: fresh zeroed memory, or a retired record of an ended scheduler, which holds nothing.
    let memory = unsafe records.next()
    unsafe memory.initialize(to: DelayedRecord(home: home))
    return unsafe DelayedReference(memory)
  }

  /// Takes a record back: its handles are stale from here on.
  ///
  /// One that an entry still names is used again when that is gone.
  mutating func free(_ delayed: DelayedReference) {
    delayed.it.serial = 0
    delayed.it.thread = nil
    guard delayed.it.timerIndex != DelayedRecord.isVoid else { return }
    delayed.it.nextSibling = freeRecords
    freeRecords = delayed
  }

  mutating func deallocate() {
    heap.deallocate()
    later?.deallocate()
    later = nil
    voidCount = 0
    freeRecords = nil
    records.retire()
  }
}
