/// The green threads that can run, first in, first out.
///
/// Intrusive: the links lie in the records. The loop's own stack never stands in it.
struct RunQueue {
  private var head: ThreadReference?
  private var tail: ThreadReference?

  var isEmpty: Bool {
    @inline(__always) get { head == nil }
  }

  var first: ThreadReference? {
    @inline(__always) get { head }
  }

  @inline(__always)
  mutating func append(_ thread: ThreadReference) {
    thread.it.next = nil
    if let tail { tail.it.next = thread } else { head = thread }
    tail = thread
  }

  @inline(__always)
  mutating func popFirst() -> ThreadReference? {
    guard let first = head else { return nil }
    removeFirst(first)
    return first
  }

  /// Takes out `first`, which must be the first.
  @inline(__always)
  mutating func removeFirst(_ first: ThreadReference) {
    head = first.it.next
    if head == nil { tail = nil }
  }
}

/// The green threads that can run, in an order drawn from a seed: finds what depends on the order.
struct ShuffledQueue {
  private var threads: [ThreadReference] = []
  private var random: SplitMix

  init(seed: UInt64) {
    random = SplitMix(seed: seed)
  }

  var isEmpty: Bool { threads.isEmpty }

  mutating func insert(_ thread: ThreadReference) {
    threads.append(thread)
  }

  mutating func popRandom() -> ThreadReference? {
    guard !threads.isEmpty else { return nil }
    let index = Int(truncatingIfNeeded: random.next() % UInt64(threads.count))
    threads.swapAt(index, threads.count - 1)
    return threads.removeLast()
  }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same on every machine for ever, which a
/// replayed seed depends on.
struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// In which order runnable green threads run.
public enum Order: Sendable, Equatable {
  /// First in, first out.
  case fifo
  /// Drawn at random from a seed; the same seed gives the same order again.
  case seeded(UInt64)
}

/// How Swift's exclusivity checker sees green threads.
public enum Exclusivity: Sendable, Equatable {
  /// Each green thread has accesses of its own, as a kernel thread has. A parked one slows nobody.
  case perThread
  /// All share one set, so that two green threads that overlap in one variable are reported.
  ///
  /// For tests: the end of the program at the first overlap, and accesses get slower with each
  /// green thread that is parked inside one.
  case shared
}
