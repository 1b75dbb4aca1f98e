internal import GreenThreads

/// What one direction of a descriptor knows.
struct Direction {
  var waiter: WakeTicket?
  /// An edge came while nobody waited.
  var hasEdge = false
  /// Hang-up or error: always counts as ready, until a call that would block proves the contrary.
  ///
  /// A terminal or FIFO that is opened again, or a socket whose error has been taken, is well
  /// again.
  var isBroken = false
  /// An edge has come, whoever it woke; for one who waits for several descriptors.
  var isNoted = false

  /// Takes an edge in.
  ///
  /// A waiter whose ticket is used runs for another reason: then the edge is kept for the next.
  @inline(__always)
  mutating func note() {
    isNoted = true
    guard let waiter, waiter.wake() else { return hasEdge = true }
    waiter.prefetchFrames()
  }

  /// A call would have blocked just now: nothing that was noted before it is true any more.
  @inline(__always)
  mutating func forget() {
    hasEdge = false
    isBroken = false
  }

  /// Whether there is no need to park.
  @inline(__always)
  mutating func begin(_ descriptor: Descriptor, _ verb: String) throws -> Bool {
    if waiter != nil { throw descriptor.busyError(self, verb) }
    if !hasEdge && !isBroken { return false }
    // As the park would have done.
    try GreenThread.checkCancellation()
    hasEdge = false
    return true
  }
}
