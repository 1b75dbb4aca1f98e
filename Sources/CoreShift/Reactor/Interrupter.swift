import Synchronization

/// Ends a reactor's wait from any OS thread.
///
/// Interruptions coalesce: until the waiting side calls ``acknowledge()``, further ones cost one
/// atomic exchange and no system call. One that comes before the wait is not lost.
///
/// Publish first, then interrupt; acknowledge first, then look at what was published.
public final class Interrupter: Sendable {
  let event: EventDescriptor
  private let isPending = Atomic(false)

  /// Makes an interrupter for one reactor, which must be told by `register(_:)`; one `eventfd`.
  public init() throws(CoreError) {
    event = try EventDescriptor()
  }

  /// Makes the wait end, or the next one not begin.
  ///
  /// From any thread, also from a signal handler.
  public func interrupt() {
    if isPending.exchange(true, ordering: .acquiringAndReleasing) { return }
    // Would-block means that the counter is full: then it is readable, which is all we want. An
    // error is impossible on an eventfd that we own.
    _ = SystemCall.writeCounter(event.descriptor.rawValue, 1)
  }

  /// Lets the next ``interrupt()`` through; the waiting side calls it on the interrupter's event.
  ///
  /// The counter is not read: with edge-triggered readiness each write is a new event, and
  /// 2^64 of them do not happen.
  public func acknowledge() {
    _ = isPending.exchange(false, ordering: .acquiringAndReleasing)
  }
}
