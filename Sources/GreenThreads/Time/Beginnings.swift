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

  var isEmpty: Bool { heap.isEmpty }
  var count: Int { heap.count + (later?.count ?? 0) - voidCount }

  /// The one that comes before all others.
  var first: TimerHeap<DelayedRecord>.Entry? { heap.first }

  /// Lets `delayed` come at its start; its sequence is set.
  mutating func insert(_ delayed: DelayedReference) {
    if !hasLater {
      guard heap.count >= Self.many else { return heap.insert(delayed, by: delayed.it.start) }
      beginToKeepApart()
    }
    put(delayed)
  }

  @inline(__always)
  private mutating func put(_ delayed: DelayedReference) {
    let start = delayed.it.start
    guard later?.isLater(start) == true else { return heap.insert(delayed, by: start) }
    delayed.it.timerIndex = DelayedRecord.isLater
    later?.insert(TimerHeap.Entry(deadline: start, timed: delayed))
  }

  private var hasLater: Bool { later?.isEmpty == false }

  /// The first time also what is in the heap; later that keeps the few that it has.
  @inline(never)
  private mutating func beginToKeepApart() {
    guard let first else { return }
    guard later == nil else {
      later?.restart(after: first.deadline)
      return
    }
    later = LaterTimers(after: first.deadline)
    var all = heap
    // Not to grow when its entries come: then there may be millions of small pieces of freed
    // memory, and the allocator looks at each of them before it hands out a large one.
    heap = TimerHeap(capacity: all.capacity)
    while let entry = all.removeLast() { put(entry.timed) }
    all.deallocate()
  }

  /// Drops the entry of `delayed`, if it has one; its scope does not know of it any more.
  mutating func remove(_ delayed: DelayedReference) {
    if delayed.it.timerIndex >= 0 {
      heap.remove(delayed)
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
