/// When the scheduler must look at whom: at those that wait, and at those that are still to begin.
///
/// Two queues, which count as one: by deadline, and equal ones in the order in which they were set.
struct Timers {
  /// Of green threads that have a deadline, of their own or around them.
  ///
  /// An entry may be earlier than what its green thread needs by now: it is corrected when it comes
  /// to the top, so that a deadline which only moves later, or is withdrawn, costs nothing until
  /// then.
  private(set) var waits = TimerHeap<ThreadRecord>()
  /// Of those that begin later.
  var beginnings = Beginnings()

  /// Whose time comes first.
  enum First {
    case wait(ThreadReference)
    case beginning(DelayedReference)
  }

  var isEmpty: Bool { waits.isEmpty && beginnings.isEmpty }
  var count: Int { waits.count + beginnings.count }

  var earliest: Instant? {
    guard let beginning = beginnings.first?.deadline else { return waits.first?.deadline }
    guard let wait = waits.first?.deadline else { return beginning }
    return min(wait, beginning)
  }

  /// Whether the earliest is not later than `instant`.
  func isDue(by instant: Instant) -> Bool {
    guard let earliest else { return false }
    return earliest <= instant
  }

  /// The first of all, if its time has come.
  @inline(__always)
  func first(notAfter now: Instant) -> First? {
    if let beginning = beginnings.first {
      if let wait = waits.first, wait.precedes(beginning) {
        return wait.deadline <= now ? .wait(wait.timed) : nil
      }
      return beginning.deadline <= now ? .beginning(beginning.timed) : nil
    }
    guard let wait = waits.first, wait.deadline <= now else { return nil }
    return .wait(wait.timed)
  }

  /// Sees to it that `thread` is looked at by `deadline` at the latest, which it has set last.
  @inline(__always)
  mutating func look(at thread: ThreadReference, by deadline: Instant) {
    guard let present = waits.deadline(of: thread) else {
      thread.it.timerSequence = thread.it.parkSequence
      return waits.insert(thread, by: deadline)
    }
    guard deadline <= present else { return }
    thread.it.timerSequence = thread.it.parkSequence
    waits.move(thread, to: deadline)
  }

  /// Moves the entry of `thread`, which has one, to a later time; `sequence` is its place among
  /// equals.
  mutating func postpone(_ thread: ThreadReference, to deadline: Instant, _ sequence: UInt64) {
    thread.it.timerSequence = sequence
    waits.move(thread, to: deadline)
  }

  /// Drops the entry of `thread`, if it has one.
  @inline(__always)
  mutating func remove(_ thread: ThreadReference) {
    waits.remove(thread)
  }

  mutating func deallocate() {
    waits.deallocate()
    beginnings.deallocate()
  }
}
