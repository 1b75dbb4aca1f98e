public import CoreShift
internal import GreenThreads

/// Signals as something to wait for: `while let signal = try signals.next() { ... }`.
///
/// From its making until its end these signals are blocked on the calling OS thread and arrive here
/// (signalfd) instead of interrupting anything. Make it before other OS threads exist: they inherit
/// the mask; those that this library starts block all signals anyway. Children start with nothing
/// blocked.
///
/// Each stream of a scheduler gets every signal that it names: whoever wants to know makes a stream
/// of his own. Streams of two schedulers share the deliveries, as two readers of a pipe share its
/// bytes. A signal that has come and that no stream has taken waits in the kernel; if the last
/// stream ends then, it acts as usual, which may end the process.
public final class SignalStream {
  private let queue = SignalQueue()
  private let events: ReactorEvents
  private var intakes: [SignalIntake] = []
  /// Whether ``close()`` has been called.
  public private(set) var isClosed = false

  /// Takes these signals over.
  ///
  /// - Throws: `CoreError`, EINVAL for none at all, for KILL, STOP or what is no signal.
  public init(_ signals: [Signal]) throws {
    events = ReactorEvents.current(for: "SignalStream")
    guard !signals.isEmpty else {
      throw CoreError(
        operation: "signalfd", code: .invalidArgument, subject: .argument("signals"))
    }
    do {
      for signal in Set(signals) {
        intakes.append(try SignalIntake.of(signal, for: queue, on: events))
      }
    } catch {
      close()
      throw error
    }
  }

  deinit {
    close()
  }

  /// Ends the stream: whoever waits in ``next()`` gets nil.
  ///
  /// The signals act as usual again, unless another stream has them. Again: no effect. Does not
  /// park. On another OS thread than the scheduler's, when the loop's turn comes.
  public func close() {
    isClosed = true
    if intakes.isEmpty { return }
    // SAFETY: the loop's own, all of it, and nothing that this stream uses once it is closed.
    nonisolated(unsafe) let left = intakes
    nonisolated(unsafe) let queue = queue
    intakes = []
    if events.isHere { return unsafe Self.leave(left, queue) }
    // An ended loop has handed back what it had.
    _ = events.handOver { _ in unsafe Self.leave(left, queue) }
  }

  private static func leave(_ intakes: [SignalIntake], _ queue: SignalQueue) {
    for intake in intakes { intake.leave(queue) }
    queue.waiter?.wake(.closed)
  }

  /// Leaves its signals to the kernel, so that the next one acts as usual, also where another
  /// stream wants it; and closes.
  func handBack() {
    for intake in intakes { intake.handBack() }
    close()
  }

  /// The next signal, waiting until there is one; nil when the stream is closed.
  ///
  /// Parks.
  ///
  /// A signal that comes again before it was taken arrives once; of real-time signals, which queue,
  /// a stream that nobody asks keeps 1,024.
  ///
  /// - Throws: `Cancelled`; `ResourceBusy` when another green thread waits at this stream already.
  public func next() throws -> SignalDelivery? {
    try GreenThread.checkCancellation()
    try refuseSecond()
    while !isClosed {
      if let delivery = try take() { return delivery }
      let ticket = WakeTicket()
      try enlist(ticket)
      defer { withdraw(ticket) }
      try GreenThread.park(ticket, for: ParkReason("for a signal"))
    }
    return nil
  }

  /// Whether there is one to take now; asks the kernel, and leaves it there.
  var hasDelivery: Bool {
    events.requireHere(for: "waiting for a signal")
    return !queue.isEmpty || intakes.contains { $0.isPending }
  }

  /// Takes one, if there is one.
  func take() throws(CoreError) -> SignalDelivery? {
    events.requireHere(for: "waiting for a signal")
    if queue.isEmpty {
      for intake in intakes where try intake.pull() { break }
    }
    return queue.take()
  }

  /// Has `ticket` used when a signal comes, or the stream is closed.
  func enlist(_ ticket: WakeTicket) throws {
    // Two branches of one select.
    if queue.waiter == ticket { return }
    try refuseSecond()
    queue.waiter = ticket
    events.waiterCount.it += 1
  }

  func withdraw(_ ticket: WakeTicket) {
    guard queue.waiter == ticket else { return }
    queue.waiter = nil
    events.waiterCount.it -= 1
  }

  private func refuseSecond() throws {
    guard let waiter = queue.waiter else { return }
    throw ResourceBusy("the next signal", holder: "green thread \(waiter.holder)")
  }
}

@available(*, unavailable, message: "a stream of signals stays on its scheduler's OS thread")
extension SignalStream: Sendable {}
