extension GreenThread {
  /// Whether what the calling green thread does has been cancelled.
  public static var isCancelled: Bool {
    currentThread(for: "isCancelled").thread.it.cancelledBy != 0
  }

  /// Throws ``Cancelled`` if what the calling green thread does has been cancelled.
  ///
  /// Does not park.
  public static func checkCancellation() throws {
    try throwIfCancelled(currentThread(for: "checkCancellation").thread)
  }
}

@inline(__always)
func throwIfCancelled(_ thread: ThreadReference) throws {
  if thread.it.cancelledBy != 0 { try throwCancelled(thread) }
}

/// Apart, so that who is not cancelled saves no registers for it.
@inline(never)
private func throwCancelled(_ thread: ThreadReference) throws {
  throw Cancelled(thread)
}

extension Reference where Record == SchedulerState {
  /// Cancels `top` and every scope inside it that no shield protects, and wakes who is parked
  /// there.
  ///
  /// A walk without recursion: scopes may nest deeper than a stack reaches.
  func cancel(_ top: ScopeReference, by cause: UInt64) {
    var scope = top
    while true {
      var descends = false
      if scope.it.cancelledBy == 0 {
        scope.it.cancelledBy = cause
        interruptThreads(of: scope, by: cause)
        if let nested = unshielded(scope.it.firstNested) {
          scope = nested
          descends = true
        }
      }
      while !descends {
        if scope == top { return }
        if let sibling = unshielded(scope.it.nextNested) {
          scope = sibling
          break
        }
        guard let parent = scope.it.parent else { return }
        scope = parent
      }
    }
  }

  /// The first scope of a list of siblings, from `first` on, that is not a shield.
  private func unshielded(_ first: ScopeReference?) -> ScopeReference? {
    var scope = first
    while let candidate = scope, candidate.it.purpose == .shield { scope = candidate.it.nextNested }
    return scope
  }

  /// Tells everybody whose innermost scope is `scope`: its owner, and children directly in it.
  private func interruptThreads(of scope: ScopeReference, by cause: UInt64) {
    if let owner = scope.it.owner, owner.it.innermost == scope { interrupt(owner, by: cause) }
    var child = scope.it.firstChild
    while let thread = child {
      child = thread.it.nextSibling
      if thread.it.innermost == scope { interrupt(thread, by: cause) }
    }
    while let delayed = scope.it.firstDelayed { interrupt(thread(of: delayed), by: cause) }
  }

  private func interrupt(_ thread: ThreadReference, by cause: UInt64) {
    thread.it.cancelledBy = cause
    if thread.it.isCancellable { wakeParked(thread, .cancelled) }
  }

  /// Cancels one green thread: what it does now, all that it will do, and whom it has spawned.
  func cancel(_ thread: ThreadReference) {
    guard thread.it.phase != .finished, thread.it.ownCancellation == 0 else { return }
    let cause = thread.it.serial
    thread.it.ownCancellation = cause
    var outermost = thread.it.innermost
    if outermost == thread.it.home {
      if thread.it.cancelledBy == 0 { interrupt(thread, by: cause) }
      return
    }
    while let parent = outermost.it.parent, parent != thread.it.home { outermost = parent }
    if outermost.it.purpose != .shield { cancel(outermost, by: cause) }
  }
}

/// Runs `body` as if nothing around it had been cancelled, for a clean-up that must wait.
///
/// Inside, only scopes and deadlines that `body` itself opens can cancel. Keep it short and bound
/// it with ``withTimeout(_:file:line:_:)``: whoever cancelled waits for it. Parks only where `body`
/// does.
@discardableResult
public func withCancellationShield<Value>(_ body: () throws -> Value) rethrows -> Value {
  let (thread, scheduler) = currentThread(for: "withCancellationShield")
  let scope = scheduler.enterScope(of: thread, .shield)
  scope.it.cancelledBy = 0
  thread.it.cancelledBy = 0
  defer { scheduler.leaveScope(scope, of: thread) }
  return try body()
}
