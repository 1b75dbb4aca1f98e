/// Those who wait for the same thing, first come, first served.
@usableFromInline
struct WaitQueue {
  private var first: WaiterReference?
  private var last: WaiterReference?

  /// Whether nobody stands in it, not even one whose wait something else has ended.
  var isEmpty: Bool {
    @inline(__always) get { first == nil }
  }

  /// Whether somebody in it still waits.
  mutating func hasWaiter() -> Bool {
    while let waiter = first {
      if waiter.isGood { return true }
      remove(waiter)
    }
    return false
  }

  @inline(__always)
  mutating func append(_ waiter: WaiterReference) {
    waiter.it.isLinked = true
    waiter.it.next = nil
    waiter.it.previous = last
    if let last { last.it.next = waiter } else { first = waiter }
    last = waiter
  }

  /// Takes out the first that still waits, and those before it whose wait something else has ended.
  @inline(__always)
  mutating func takeFirst() -> WaiterReference? {
    while let waiter = first {
      first = waiter.it.next
      if let next = waiter.it.next { next.it.previous = nil } else { last = nil }
      waiter.it.isLinked = false
      if waiter.isGood { return waiter }
    }
    return nil
  }

  /// Takes out one that nobody has served; no effect on one that is out already.
  mutating func remove(_ waiter: WaiterReference) {
    guard waiter.it.isLinked else { return }
    waiter.it.isLinked = false
    let (next, previous) = (waiter.it.next, waiter.it.previous)
    if let previous { previous.it.next = next } else { first = next }
    if let next { next.it.previous = previous } else { last = previous }
  }

  /// Ends the wait of all.
  mutating func serveAll(_ outcome: WaitOutcome) {
    while let waiter = takeFirst() { waiter.serve(outcome) }
  }
}
