internal import CoreShift
internal import GreenThreads

// One green thread may read and one may write at a time.
extension Descriptor {
  /// Voids what was noted before a write that somebody else is about to try, who then says whether
  /// to wait: an edge that comes meanwhile counts.
  func prepareToWrite() throws {
    if rawValue < 0 { throw closedError() }
    try requireNoWriter()
    state.it.writing.forget()
    state.it.isFull = false
  }

  /// Has the caller count as the one who writes while `body` does that, and parks elsewhere: nobody
  /// else's bytes come between.
  func whileWriting<Value>(_ body: () throws -> Value) throws -> Value {
    try prepareToWrite()
    // Void with the first park in `body`; an edge that comes meanwhile is kept.
    state.it.writing.waiter = WakeTicket()
    defer { state.it.writing.waiter = nil }
    return try body()
  }

  /// Throws `ResourceBusy` while a green thread is parked to read, who would be overtaken.
  func requireNoReader() throws {
    if state.it.reading.waiter != nil { throw busyError(state.it.reading, "reading") }
  }

  /// Throws `ResourceBusy` while a green thread is parked to write, who would be overtaken.
  func requireNoWriter() throws {
    if state.it.writing.waiter != nil { throw busyError(state.it.writing, "writing") }
  }

  func closedError() -> ResourceClosed {
    ResourceClosed("a descriptor")
  }

  /// Why a second one cannot wait.
  ///
  /// After ``close()`` the first may not have run yet.
  func busyError(_ direction: Direction, _ verb: String) -> any Error {
    if rawValue < 0 { return closedError() }
    let holder = direction.waiter?.holder ?? "nobody"
    return ResourceBusy("\(verb) descriptor \(rawValue)", holder: "green thread \(holder)")
  }
}
