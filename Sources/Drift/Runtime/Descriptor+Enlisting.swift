internal import CoreShift
internal import GreenThreads

// One green thread that waits for several things at once leaves the same ticket with each.
extension Descriptor {
  /// Whether an operation would not park now: asks the kernel.
  func isReady(_ interest: Interest) -> Bool {
    if rawValue < 0 { return true }
    // What goes wrong is for the operation to tell.
    let ready = try? withDescriptor { descriptor throws(CoreError) in
      try descriptor.readiness(for: interest)
    }
    guard ready?.isEmpty != true else { return false }
    state.it.isDrained = false
    state.it.isFull = false
    return true
  }

  /// Leaves `ticket` where the next edge uses it; the kernel has just said that it is not ready.
  func enlist(_ ticket: WakeTicket, _ interest: Interest) throws {
    events.requireHere(for: "waiting for a descriptor")
    let direction = interest == .writing ? state.it.writing : state.it.reading
    if direction.waiter == ticket { return }
    let verb = interest == .writing ? "writing" : "reading"
    if direction.waiter != nil { throw busyError(direction, verb) }
    // One that was closed tells of it by the operation.
    if rawValue >= 0 { try requireRegistered() }
    events.waiterCount.it += 1
    if interest == .writing {
      state.it.writing.forget()
      state.it.writing.waiter = ticket
      state.it.isFull = false
    } else {
      state.it.reading.forget()
      state.it.reading.waiter = ticket
      state.it.isDrained = false
    }
  }

  func withdraw(_ ticket: WakeTicket, _ interest: Interest) {
    if interest == .writing {
      guard state.it.writing.waiter == ticket else { return }
      state.it.writing.waiter = nil
    } else {
      guard state.it.reading.waiter == ticket else { return }
      state.it.reading.waiter = nil
    }
    events.waiterCount.it -= 1
  }

  /// Leaves `ticket` where the next edge for reading uses it, when the last read would have
  /// blocked; an edge that came since uses it at once.
  func enlistReader(_ ticket: WakeTicket) throws {
    events.requireHere(for: "waiting for a descriptor")
    if rawValue < 0 { throw closedError() }
    if state.it.reading.waiter != nil { throw busyError(state.it.reading, "reading") }
    try requireRegistered()
    state.it.reading.waiter = ticket
    events.waiterCount.it += 1
    if state.it.reading.hasEdge { ticket.wake() }
  }

  /// Whether an edge for reading has come since this was last asked.
  func takeReaderNote() -> Bool {
    defer { state.it.reading.isNoted = false }
    return state.it.reading.isNoted || rawValue < 0
  }
}
