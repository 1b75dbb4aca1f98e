/// What can stand in a heap of timers.
protocol Timed {
  /// Where its entry stands; negative when it has none in the heap.
  var timerIndex: Int32 { get set }
  /// Orders equal deadlines by when they were set.
  var timerSequence: UInt64 { get }
  /// Asks for what is needed of one that will be at the top of a large heap soon.
  static func prefetchTimer(_ timed: Reference<Self>)
  /// Asks for what that one names and its turn will need: it has come to the top.
  static func prefetchWake(_ timed: Reference<Self>)
}

/// Which of its kind must be looked at next, and when.
///
/// A heap with four children a node, so that a million entries are ten levels and a node's children
/// share a cache line. Each has at most one entry and knows its place.
@safe
struct TimerHeap<Record: Timed> {
  struct Entry {
    var deadline: Instant
    var timed: Reference<Record>

    /// Equal deadlines come in the order in which they were set.
    @inline(__always)
    func precedes<Other>(_ other: TimerHeap<Other>.Entry) -> Bool {
      if deadline != other.deadline { return deadline < other.deadline }
      return timed.it.timerSequence < other.timed.it.timerSequence
    }
  }

  // SAFETY: the first `count` places are initialized, and every index below is less than `count`,
  // which is at most `capacity`; they lie in a room of `byteCount(capacity)`.
  private var entries: UnsafeMutablePointer<Entry>?
  private var isMapped = false
  private(set) var count = 0
  private(set) var capacity = 0

  /// Without room at first.
  init() {}

  init(capacity: Int) {
    takeRoom(for: capacity)
  }

  var isEmpty: Bool { count == 0 }

  /// The one that comes before all others.
  var first: Entry? {
    guard count > 0, let entries = unsafe entries else { return nil }
    return unsafe entries[0]
  }

  /// Makes an entry for `timed`, which has none, and whose sequence is set.
  @inline(__always)
  mutating func insert(_ timed: Reference<Record>, by deadline: Instant) {
    if count == capacity { grow() }
    place(Entry(deadline: deadline, timed: timed), at: count)
    count += 1
    siftUp(from: count - 1)
  }

  /// When the entry of `timed` is for; nil when it has none.
  @inline(__always)
  func deadline(of timed: Reference<Record>) -> Instant? {
    let index = Int(timed.it.timerIndex)
    guard index >= 0, let entries = unsafe entries else { return nil }
    return unsafe entries[index].deadline
  }

  /// Moves the entry of `timed`, which has one, to another time; its sequence may be another, too.
  @inline(__always)
  mutating func move(_ timed: Reference<Record>, to deadline: Instant) {
    guard let entries = unsafe entries else { return }
    unsafe entries[Int(timed.it.timerIndex)].deadline = deadline
    siftUp(from: Int(timed.it.timerIndex))
    // Also after an equal deadline has been set again: it comes after those set meanwhile.
    siftDown(from: Int(timed.it.timerIndex))
  }

  /// Takes out one that no other needs to move for; nil when there is none.
  mutating func removeLast() -> Entry? {
    guard count > 0, let entries = unsafe entries else { return nil }
    count -= 1
    unsafe entries[count].timed.it.timerIndex = -1
    return unsafe entries[count]
  }

  /// Drops the entry of `timed`, if it has one.
  @inline(__always)
  mutating func remove(_ timed: Reference<Record>) {
    if timed.it.timerIndex >= 0 { removeEntry(of: timed) }
  }

  @inline(never)
  private mutating func removeEntry(of timed: Reference<Record>) {
    guard let entries = unsafe entries else { return }
    let index = Int(timed.it.timerIndex)
    timed.it.timerIndex = -1
    count -= 1
    if index == count { return }
    unsafe place(entries[count], at: index)
    siftDown(from: index)
    siftUp(from: index)
    // Who will be put into somebody's place next.
    unsafe entries[count - 1].timed.prefetch()
  }

  @inline(__always)
  private func place(_ entry: Entry, at index: Int) {
    unsafe entries?[index] = entry
    entry.timed.it.timerIndex = Int32(truncatingIfNeeded: index)
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
      if isLarge && index <= 4 { unsafe prepare(entries[least].timed, for: index) }
      index = least
    }
    if index != start { place(entry, at: index) }
  }

  /// Asks for what is needed of one whose entry has moved up to `index`, in as many steps as there
  /// are pointers on the way: its record, and what it runs with.
  @inline(__always)
  private func prepare(_ timed: Reference<Record>, for index: Int) {
    if index > 0 { Record.prefetchTimer(timed) } else { Record.prefetchWake(timed) }
  }

  /// Asks for those below the four nodes from `firstChild` on, of whom one comes next: the lower
  /// half of a large heap is in no cache.
  @inline(__always)
  private func prefetchChildren(of firstChild: Int) {
    let first = firstChild * 4 + 1
    guard first < count, let entries = unsafe entries else { return }
    for line in 0..<4 { unsafe prefetchLine(entries + first + line * 4) }
  }

  private static var entriesBeforeFirst: Int { 3 }
  /// From how many entries on the room is the kernel's own: a megabyte.
  private static var mappedFrom: Int { 1 << 16 }
  /// How many the first such room is for, so that it need hardly ever be copied to another.
  private static var firstMapped: Int { 1 << 24 }

  private static func byteCount(_ capacity: Int) -> Int {
    (capacity + entriesBeforeFirst) * MemoryLayout<Entry>.stride
  }

  private mutating func grow() {
    precondition(count < Int32.max, "more timers than a green thread's index can name")
    let old = self
    takeRoom(for: max(64, capacity * 2))
    old.free()
  }

  private mutating func takeRoom(for capacity: Int) {
    if capacity < Self.mappedFrom || !takeMapping(for: max(capacity, Self.firstMapped)) {
      takeAllocation(for: capacity)
    }
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
