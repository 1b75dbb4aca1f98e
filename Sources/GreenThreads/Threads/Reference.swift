internal import CGreenThreads

/// A pointer to a record of the scheduler: of a green thread, of a scope, of a channel, of who
/// waits for one, or of the scheduler itself.
///
/// Plain structs behind pointers, and not classes, because the switch must not count references,
/// and because the exclusivity checker must not see the scheduler's own accesses: one that was in
/// progress across a switch would be reported as an overlap.
@usableFromInline
@safe
struct Reference<Record>: Equatable {
  @usableFromInline let pointer: UnsafeMutablePointer<Record>

  @inlinable
  @inline(__always)
  init(_ pointer: UnsafeMutablePointer<Record>) {
    unsafe self.pointer = pointer
  }

  /// The record itself.
  ///
  /// Sound for as long as the process runs where records live in slabs that are never unmapped, so
  /// that a stale reference meets a record that is free or serves another, never a fault. Whoever
  /// may hold a stale one compares a serial number or an epoch first. Of channels and those who
  /// wait there is no stale reference: who waits holds the channel, and is in its queue only while
  /// it waits.
  @inlinable
  @inline(__always)
  var it: Record {
    // SAFETY: see above; and a scheduler's records are touched on its own OS thread only.
    unsafeAddress { unsafe UnsafePointer(pointer) }
    nonmutating unsafeMutableAddress { unsafe pointer }
  }

  /// Asks for the record's first cache line, which a switch needs.
  @inline(__always)
  func prefetch() {
    unsafe cgreenthreads_prefetch(pointer)
  }

  @inlinable
  @inline(__always)
  static func == (left: Self, right: Self) -> Bool {
    unsafe left.pointer == right.pointer
  }
}

/// Asks for one cache line.
@inline(__always)
func prefetchLine(_ address: UnsafeRawPointer) {
  unsafe cgreenthreads_prefetch(address)
}

extension Reference where Record == ThreadRecord {
  /// Asks for what a switch to this green thread will need: the cache lines at its saved stack
  /// pointer, from which it will return; or, when it has not begun, its closure.
  @inline(__always)
  func prefetchNext() {
    guard let stackPointer = unsafe it.stackPointer else { return prefetchBody() }
    unsafe cgreenthreads_prefetch(stackPointer)
    unsafe cgreenthreads_prefetch(stackPointer + 64)
  }

  /// Asks for the eight cache lines behind those, in which the frames lie that return next.
  @inline(__always)
  func prefetchFrames() {
    guard let stackPointer = unsafe it.stackPointer else { return }
    for line in 2..<10 { unsafe cgreenthreads_prefetch(stackPointer + 64 * line) }
  }

  /// The epoch, also of a record that belongs to another OS thread's scheduler by now: epochs only
  /// rise, and the end of a scheduler voids its tickets, so that it equals none of theirs.
  @inline(__always)
  var epochNow: UInt64 {
    // SAFETY: an aligned word of memory that is never unmapped.
    unsafe cgreenthreads_peek_stale(&it.epoch)
  }

  // Inlined: the way through a yield has no call in it.
  @inline(__always)
  fileprivate func prefetchBody() {
    unsafe cgreenthreads_prefetch(UnsafeRawPointer(pointer) + 128)
    unsafe cgreenthreads_prefetch(UnsafeRawPointer(pointer) + 192)
    unsafe cgreenthreads_prefetch(UnsafeRawPointer(pointer) + 256)
  }
}

extension ThreadRecord: Timed {
  @inline(__always)
  static func prefetchTimer(_ timed: ThreadReference) {
    timed.prefetch()
    unsafe cgreenthreads_prefetch(UnsafeRawPointer(timed.pointer) + 64)
    timed.prefetchBody()
    unsafe cgreenthreads_prefetch(UnsafeRawPointer(timed.pointer) + 320)
  }

  /// Its frames, and its neighbours in the scope.
  @inline(__always)
  static func prefetchWake(_ timed: ThreadReference) {
    if let previous = timed.it.previousSibling { unsafe prefetchLine(&previous.it.nextSibling) }
    if let next = timed.it.nextSibling { unsafe prefetchLine(&next.it.nextSibling) }
    guard let stackPointer = unsafe timed.it.stackPointer else { return }
    for line in 0..<10 { unsafe cgreenthreads_prefetch(stackPointer + 64 * line) }
  }
}

extension Reference {
  /// A record outside of all slabs, until `dispose`.
  init(holding record: Record) {
    unsafe self.init(.allocate(capacity: 1))
    unsafe pointer.initialize(to: record)
  }

  /// Frees what `init(holding:)` has made, and nobody refers to any more.
  func dispose() {
    unsafe pointer.deinitialize(count: 1)
    unsafe pointer.deallocate()
  }
}

typealias ThreadReference = Reference<ThreadRecord>
typealias ScopeReference = Reference<ScopeRecord>
typealias SchedulerReference = Reference<SchedulerState>
