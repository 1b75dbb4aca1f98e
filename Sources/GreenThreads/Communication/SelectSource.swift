/// Something that a branch of a ``select(_:)-(SelectBranch<Outcome>...)`` waits for.
///
/// Channels, timers and joins are such sources; Drift adds its own. The contract:
///
/// 1. A select asks every source whether it ``isReady``, and lets one of those that are
///    ``goThrough()``. Nothing runs in between.
/// 2. If none is, it calls ``enlist(_:)`` on all with one ticket, and parks. What makes a source
///    ready uses the ticket; only the first use counts. Who hands something over does it only if
///    its use was the first, so that nothing is lost on the branches not taken.
/// 3. It calls ``withdraw()`` on all. If one has gone through, that branch is taken; else it begins
///    again at 1.
public protocol SelectSource: AnyObject {
  /// Whether it can go through at once.
  var isReady: Bool { get }

  /// When it becomes ready by itself, if ever.
  var deadline: Instant? { get }

  /// Goes through, for it is ready.
  func goThrough()

  /// Leaves `ticket` where what makes this source ready will use it.
  ///
  /// - Throws: what ends the whole select: somebody else waits already, and only one can.
  func enlist(_ ticket: WakeTicket) throws

  /// Takes the ticket back, whether it has been used or not.
  ///
  /// - Returns: whether this source has gone through, by whoever used the ticket.
  func withdraw() -> Bool
}

extension SelectSource {
  /// Nil: it does not become ready by itself.
  public var deadline: Instant? { nil }

  /// No effect: that it is ready is all there is to it.
  public func goThrough() {}
}

/// Traps while a select has not let go of the branch whose source keeps `ticket`.
package func requireNoSelect(holding ticket: WakeTicket?) {
  if ticket != nil { fatalError("a branch stands in one select at a time: make one for each") }
}
