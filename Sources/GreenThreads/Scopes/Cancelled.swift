/// What the calling green thread does has been cancelled.
///
/// Thrown by every operation that parks, again and again, until the scope that was cancelled ends.
/// Let it pass: clean up with `defer`, and for a clean-up that must wait use
/// ``withCancellationShield(_:)``. Not `CancellationError`, which belongs to Swift's tasks.
public struct Cancelled: Error, Equatable, CustomStringConvertible {
  /// The scope, deadline or green thread that was cancelled, as its serial.
  let cause: UInt64
  /// Who cancelled it.
  public let source: Source

  /// Who can cancel.
  public enum Source: Equatable, Sendable {
    /// The scope that was opened there: one of its green threads or its body failed, or
    /// ``Scope/cancel()`` was called.
    case scope(CallSite)
    /// A deadline that was set there and has expired; ``DeadlineExceeded`` follows.
    case deadline(Instant, CallSite)
    /// ``Handle/cancel()`` for a green thread that was spawned there.
    case greenThread(id: UInt64, name: String, CallSite)
    /// The body of `run` has returned, and nothing outlives it.
    case endOfRun
    /// All green threads waited for each other; see ``Deadlock``.
    case deadlock
  }

  /// What has cancelled `thread`, which is cancelled.
  init(_ thread: ThreadReference) {
    cause = thread.it.cancelledBy
    source = Self.source(of: cause, for: thread)
  }

  /// One line for a person.
  public var description: String {
    switch source {
    case .scope(let site): "cancelled with the scope opened at \(site)"
    case .deadline(let deadline, let site):
      "cancelled by the deadline set at \(site), which was at \(deadline) on the clock"
    case .greenThread(let id, let name, let site):
      "cancelled by the handle of green thread \(id)\(name.isEmpty ? "" : " \"\(name)\""), "
        + "spawned at \(site)"
    case .endOfRun: "cancelled because the body of `run` has returned"
    case .deadlock: "cancelled to resolve a deadlock"
    }
  }

  /// Whoever cancels is around what it cancels, and cannot end before it: so it is found by going
  /// outwards, and nothing needs to be written down when a cancellation spreads.
  private static func source(of cause: UInt64, for thread: ThreadReference) -> Source {
    if thread.it.serial == cause { return source(thread) }
    var scope: ScopeReference? = thread.it.innermost
    while let around = scope {
      if around.it.serial == cause { return source(around) }
      if let owner = around.it.owner, owner.it.serial == cause { return source(owner) }
      scope = around.it.parent
    }
    return .scope(.unknown)
  }

  private static func source(_ thread: ThreadReference) -> Source {
    .greenThread(
      id: thread.it.scheduler.visible(thread.it.serial), name: thread.it.name,
      thread.it.spawnCallSite)
  }

  private static func source(_ scope: ScopeReference) -> Source {
    switch scope.it.purpose {
    case .group, .shield: .scope(scope.it.callSite)
    case .deadline: .deadline(scope.it.timeLimit, scope.it.callSite)
    case .root: .endOfRun
    case .loop: .deadlock
    }
  }
}
