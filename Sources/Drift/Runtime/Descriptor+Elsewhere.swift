internal import GreenThreads

// Region isolation lets a fresh descriptor be sent to another OS thread. There it cannot be used,
// but it can be closed or let go of, and the loop's tables are no other OS thread's to change.
extension Descriptor {
  /// Closes, on another OS thread than the scheduler's: what the loop refers to goes to the loop.
  @inline(never)
  func endElsewhere(then release: @escaping () -> Void = {}) {
    let (left, ownership) = takeState()
    // SAFETY: what goes with a descriptor was sent away with it; from here on the loop alone has
    // it, or nobody but this call.
    nonisolated(unsafe) let state = left
    nonisolated(unsafe) let release = release
    let isAccepted = events.handOver { events in
      if let token = unsafe state.it.token {
        events.unregister(token, isOurs: ownership == .owned)
      }
      unsafe Self.discard(state, ownership)
      unsafe release()
    }
    if isAccepted { return }
    // Nobody is told of anything any more.
    Self.discard(left, ownership)
    unsafe release()
  }

  private static func discard(
    _ state: Cell<DescriptorState>, _ ownership: DescriptorState.Ownership
  ) {
    state.it.closeNumber(ownership)
    state.destroy()
  }

  /// Closes what green threads of the loop may be using all the while: on another OS thread the
  /// loop does all of it, and this object stays as it is until then.
  func closeShared() {
    if events.isHere { return close() }
    // SAFETY: used by the errand alone, on the loop's OS thread, whose it has been all the while.
    nonisolated(unsafe) let descriptor = self
    let isAccepted = events.handOver { _ in unsafe descriptor.close() }
    if !isAccepted { close() }
  }

  /// Closes what waits for somebody else's number, and then has him close it, in `release`.
  ///
  /// Not earlier: the number could be another's by the time it is unregistered. Nor again: who has
  /// closed it on another OS thread may let go of it before the loop's turn comes.
  func close(then release: @escaping () -> Void) {
    if isClosed { return }
    if events.isHere {
      close()
      release()
    } else {
      endElsewhere(then: release)
    }
  }
}
