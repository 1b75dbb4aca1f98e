/// One green thread's place in a queue of those who wait for the same thing.
///
/// It lies on the stack of the green thread that waits, or in a branch of its ``select``, so that
/// waiting allocates nothing. Whoever serves it writes the outcome and uses the ticket; until then
/// a deadline or a cancellation may use the ticket instead, and then the waiter is stale: it stands
/// in the queue until its green thread runs and takes it out, and is passed over.
///
/// The first use of the ticket decides. A value changes hands only together with it, so that none
/// is lost and none comes twice, whatever happens at the same time.
@usableFromInline
@safe
struct Waiter {
  @usableFromInline var outcome = WaitOutcome.waiting
  @usableFromInline var isLinked = false
  // SAFETY: a value to be taken, or room for one, as `Optional<Element>`: while it waits its own,
  // which stays good until its green thread runs again; with the outcome `partner` the other's.
  @usableFromInline var slot: UnsafeMutableRawPointer?
  @usableFromInline var next: WaiterReference?
  @usableFromInline var previous: WaiterReference?
  @usableFromInline var ticket: WakeTicket?

  @inlinable
  @inline(__always)
  init() {
    unsafe slot = nil
  }
}

@usableFromInline
typealias WaiterReference = Reference<Waiter>

/// What has become of a wait.
@usableFromInline
enum WaitOutcome: UInt8 {
  /// Nobody has served it: it still stands in the queue, or something else has ended the wait.
  case waiting
  /// Somebody has served it; a value has been taken from its slot, or lies there.
  case done
  /// It need not wait: somebody at the other side did, and is now runnable. Until the caller parks,
  /// which it must not do before it has moved the value, that one's slot is as it was.
  case partner
  /// It need not wait: there is room in the buffer.
  case room
  /// What it waits for has been closed.
  case closed
  /// It did not begin to wait, because what the caller does has been cancelled.
  case cancelled
  /// It did not begin to wait, because the time was up.
  case expired
}

extension Reference where Record == Waiter {
  /// Whether its green thread still waits.
  @inline(__always)
  var isGood: Bool { it.ticket?.isGood == true }

  /// Ends the wait of one that has been taken out of its queue and still waits.
  @inline(__always)
  func serve(_ outcome: WaitOutcome = .done) {
    it.outcome = outcome
    it.ticket?.use(outcome == .closed ? .closed : .ready)
  }
}
