/// Which green thread must be looked at next, and when.
///
/// A heap with four children a node, so that a million entries are ten levels and a node's children
/// share a cache line. Each green thread has at most one entry and knows its place. An entry may be
/// earlier than what its green thread needs by now: it is corrected when it comes to the top, so
/// that a deadline which only moves later, or is withdrawn, costs nothing until then.
@safe
struct TimerHeap {
  private struct Entry {
    var deadline: Instant
    var thread: ThreadReference

    /// Equal deadlines come in the order in which they were set.
    @inline(__always)
    func precedes(_ other: Entry) -> Bool {
      if deadline != other.deadline { return deadline < other.deadline }
      return thread.it.timerSequence < other.thread.it.timerSequence
    }
  }

  // SAFETY: the first `count` places are initialized, and every index below is less than `count`,
  // which is at most `capacity`; they lie in a room of `byteCount(capacity)`.
  private var entries: UnsafeMutablePointer<Entry>?
  private var isMapped = false
  private(set) var count = 0
  private var capacity = 0

  var isEmpty: Bool { count == 0 }

  var earliest: Instant? {
    guard count > 0, let entries = unsafe entries else { return nil }
    return unsafe entries[0].deadline
  }

  /// Whether the earliest entry is not later than `instant`.
  func isDue(by instant: Instant) -> Bool {
    guard let earliest else { return false }
    return earliest <= instant
  }

  /// The earliest entry's green thread, if its time has come.
  func first(notAfter now: Instant) -> ThreadReference? {
    guard count > 0, let entries = unsafe entries, unsafe entries[0].deadline <= now else {
      return nil
    }
    return unsafe entries[0].thread
  }

  /// Sees to it that `thread` is looked at by `deadline` at the latest.
  @inline(__always)
  mutating func look(at thread: ThreadReference, by deadline: Instant) {
    let index = Int(thread.it.timerIndex)
    if index < 0 {
      thread.it.timerSequence = thread.it.parkSequence
      insert(Entry(deadline: deadline, thread: thread))
    } else if let entries = unsafe entries, unsafe deadline <= entries[index].deadline {
      thread.it.timerSequence = thread.it.parkSequence
      unsafe entries[index].deadline = deadline
      siftUp(from: index)
      // An equal deadline that was set again comes after those that were set meanwhile.
      siftDown(from: Int(thread.it.timerIndex))
    }
  }

  /// Moves the entry of `thread`, which has one, to a later time; `sequence` is its place among
  /// equals.
  mutating func postpone(_ thread: ThreadReference, to deadline: Instant, _ sequence: UInt64) {
    guard let entries = unsafe entries else { return }
    let index = Int(thread.it.timerIndex)
    thread.it.timerSequence = sequence
    unsafe entries[index].deadline = deadline
    siftDown(from: index)
  }

  /// Drops the entry of `thread`, if it has one.
  @inline(__always)
  mutating func remove(_ thread: ThreadReference) {
    if thread.it.timerIndex >= 0 { removeEntry(of: thread) }
  }

  @inline(never)
  private mutating func removeEntry(of thread: ThreadReference) {
    guard let entries = unsafe entries else { return }
    let index = Int(thread.it.timerIndex)
    thread.it.timerIndex = -1
    count -= 1
    if index == count { return }
    unsafe place(entries[count], at: index)
    siftDown(from: index)
    siftUp(from: index)
    // Who will be put into somebody's place next.
    unsafe entries[count - 1].thread.prefetch()
  }

  private mutating func insert(_ entry: Entry) {
    if count == capacity { grow() }
    place(entry, at: count)
    count += 1
    siftUp(from: count - 1)
  }

  @inline(__always)
  private func place(_ entry: Entry, at index: Int) {
    unsafe entries?[index] = entry
    entry.thread.it.timerIndex = Int32(truncatingIfNeeded: index)
  }

  private func siftUp(from start: Int) {
    guard let entries = unsafe entries else { return }
    var index = start
    let entry = unsafe entries[index]
    while index > 0 {
      let parent = (index - 1) / 4
      guard unsafe entry.precedes(entries[parent]) else { break }
      unsafe place(entries[parent], at: index)
      index = parent
    }
    if index != start { place(entry, at: index) }
  }

  private func siftDown(from start: Int) {
    guard let entries = unsafe entries else { return }
    var index = start
    let entry = unsafe entries[index]
    let isLarge = count >= SchedulerState.manyTimers
    while true {
      let firstChild = index * 4 + 1
      guard firstChild < count else { break }
      prefetchChildren(of: firstChild)
      var least = firstChild
      for child in firstChild + 1..<max(firstChild + 1, min(firstChild + 4, count))
      where unsafe entries[child].precedes(entries[least]) {
        least = child
      }
      guard unsafe entries[least].precedes(entry) else { break }
      unsafe place(entries[least], at: index)
      if isLarge && index <= 4 { unsafe prepare(entries[least].thread, for: index) }
      index = least
    }
    if index != start { place(entry, at: index) }
  }

  /// Asks for what is needed of a green thread whose entry has moved up to `index`, in as many
  /// steps as there are pointers on the way: its record, and what it runs with.
  @inline(__always)
  private func prepare(_ thread: ThreadReference, for index: Int) {
    if index > 0 { thread.prefetchTimer() } else { thread.prefetchWake() }
  }

  /// Asks for those below the four nodes from `firstChild` on, of whom one comes next: the lower
  /// half of a large heap is in no cache.
  @inline(__always)
  private func prefetchChildren(of firstChild: Int) {
    let first = firstChild * 4 + 1
    guard first < count, let entries = unsafe entries else { return }
    for line in 0..<4 { unsafe prefetchLine(entries + first + line * 4) }
  }

  private static let entriesBeforeFirst = 3
  /// From how many entries on the room is the kernel's own: a megabyte.
  private static let mappedFrom = 1 << 16
  /// How many the first such room is for, so that it need hardly ever be copied to another.
  private static let firstMapped = 1 << 24

  private static func byteCount(_ capacity: Int) -> Int {
    (capacity + entriesBeforeFirst) * MemoryLayout<Entry>.stride
  }

  private mutating func grow() {
    precondition(count < Int32.max, "more timers than a green thread's index can name")
    let old = self
    if capacity < Self.mappedFrom / 2 || !takeMapping(for: max(capacity * 2, Self.firstMapped)) {
      takeAllocation(for: max(64, capacity * 2))
    }
    old.free()
  }

  private mutating func takeMapping(for capacity: Int) -> Bool {
    guard let room = unsafe LargeRoom.map(Self.byteCount(capacity)) else { return false }
    unsafe move(to: room, for: capacity)
    isMapped = true
    return true
  }

  private mutating func takeAllocation(for capacity: Int) {
    let byteCount = Self.byteCount(capacity)
    unsafe move(to: .allocate(byteCount: byteCount, alignment: 64), for: capacity)
    isMapped = false
  }

  /// Into a room in which the children of a node share one cache line: the first entry ends a line.
  private mutating func move(to room: UnsafeMutableRawPointer, for capacity: Int) {
    let moved = unsafe room.assumingMemoryBound(to: Entry.self) + Self.entriesBeforeFirst
    if let entries = unsafe entries { unsafe moved.moveInitialize(from: entries, count: count) }
    // Before the old room goes: a snapshot may stop this OS thread anywhere, and read the first.
    unsafe entries = moved
    self.capacity = capacity
  }

  private func free() {
    guard let entries = unsafe entries else { return }
    let room = unsafe UnsafeMutableRawPointer(entries - Self.entriesBeforeFirst)
    if isMapped {
      unsafe LargeRoom.unmap(room, Self.byteCount(capacity))
    } else {
      unsafe room.deallocate()
    }
  }

  mutating func deallocate() {
    free()
    unsafe entries = nil
    (count, capacity) = (0, 0)
  }
}
