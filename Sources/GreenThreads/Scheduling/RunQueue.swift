/// The green threads that can run, first in, first out.
///
/// A ring of references. Unlike a list through the records it can be looked ahead in, so that the
/// cache lines of those who run soon are asked for in time: with 100,000 green threads every switch
/// would otherwise wait for memory. The loop's own stack never stands in it.
@safe
struct RunQueue {
  // SAFETY: `mask + 1` slots; those from `head` up to `tail`, both taken modulo the capacity, are
  // initialised; there are never more of them than green threads, which `reserve` counts.
  private var slots: UnsafeMutablePointer<ThreadReference>
  private var mask: Int
  private var head = 0
  private var tail = 0

  /// How far ahead a record is asked for, and how far ahead the stack that it names.
  private static let recordDistance = 8
  private static let stackDistance = 4

  init() {
    unsafe slots = .allocate(capacity: 64)
    mask = 63
  }

  mutating func deallocate() {
    unsafe slots.deallocate()
  }

  var isEmpty: Bool {
    @inline(__always) get { head == tail }
  }

  var count: Int { tail &- head }

  var first: ThreadReference? {
    @inline(__always) get { isEmpty ? nil : unsafe slots[head & mask] }
  }

  /// Appends; there is room, because ``reserve(_:)`` has counted every green thread there is.
  @inline(__always)
  mutating func append(_ thread: ThreadReference) {
    unsafe (slots + (tail & mask)).initialize(to: thread)
    tail &+= 1
  }

  /// Makes room for as many green threads.
  ///
  /// At a spawn and not at an append, so that the way through a yield has no call in it.
  @inline(__always)
  mutating func reserve(_ count: Int) {
    if count > mask { grow() }
  }

  /// Takes out the first; there must be one.
  @inline(__always)
  mutating func removeFirst() {
    head &+= 1
    if tail &- head > Self.recordDistance { prefetch() }
  }

  @inline(__always)
  private func prefetch() {
    unsafe slots[(head &+ Self.recordDistance) & mask].prefetch()
    let soon = unsafe slots[(head &+ Self.stackDistance) & mask]
    soon.prefetchNext()
  }

  /// Brings the last `count` to the front, in the order in which they stand.
  mutating func moveLastToFront(_ count: Int) {
    for _ in 0..<count {
      tail &-= 1
      head &-= 1
      unsafe slots[head & mask] = slots[tail & mask]
    }
  }

  /// Brings one of those that wait to the front.
  mutating func moveToFront(_ choose: (_ count: Int) -> Int) {
    let chosen = (head &+ choose(tail &- head)) & mask
    let thread = unsafe slots[chosen]
    unsafe slots[chosen] = slots[head & mask]
    unsafe slots[head & mask] = thread
  }

  @inline(never)
  private mutating func grow() {
    let capacity = mask + 1
    let larger = UnsafeMutablePointer<ThreadReference>.allocate(capacity: capacity * 2)
    for index in 0..<tail &- head {
      unsafe (larger + index).initialize(to: slots[(head &+ index) & mask])
    }
    unsafe slots.deallocate()
    unsafe slots = larger
    tail = tail &- head
    head = 0
    mask = capacity * 2 - 1
  }
}
