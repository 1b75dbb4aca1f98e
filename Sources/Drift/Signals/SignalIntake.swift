internal import CoreShift
internal import GreenThreads

/// One signal on one scheduler: taken from the kernel once, and given to every stream that wants
/// it.
///
/// The streams share it, so that the first of two to end does not unblock what the other still
/// takes. What nobody has asked for yet stays pending in the kernel.
final class SignalIntake {
  private let signal: Signal
  private let events: ReactorEvents
  private var source: SignalDescriptor?
  private var token: Token?
  private var queues: [SignalQueue] = []

  private init(_ signal: Signal, _ events: ReactorEvents) throws(CoreError) {
    self.signal = signal
    self.events = events
    let source = try SignalDescriptor([signal])
    token = try events.register(source.descriptor, for: .reading, target: .signal(self))
    self.source = consume source
  }

  /// The intake of `signal`, made if nobody has it yet, from now on also for `queue`.
  static func of(
    _ signal: Signal, for queue: SignalQueue, on events: ReactorEvents
  ) throws(CoreError) -> SignalIntake {
    let intake: SignalIntake
    if let present = events.signalIntakes[signal] {
      intake = present
    } else {
      intake = try SignalIntake(signal, events)
      events.signalIntakes[signal] = intake
    }
    intake.queues.append(queue)
    return intake
  }

  /// The signal has come: all who wait for it look.
  func note() {
    for queue in queues { queue.waiter?.wake() }
  }

  /// Whether the kernel has one.
  var isPending: Bool {
    (try? source?.descriptor.readiness(for: .reading)) == .reading
  }

  /// Gives one that is pending to every stream, since one of them takes it: what no stream takes
  /// stays with the kernel, which has it act when they have ended.
  ///
  /// - Returns: whether there was one.
  func pull() throws(CoreError) -> Bool {
    guard let delivery = try source?.take() else { return false }
    for queue in queues { queue.put(delivery) }
    return true
  }

  /// Gives nothing to `queue` any more; the last to leave hands the signal back.
  func leave(_ queue: SignalQueue) {
    queues.removeAll { $0 === queue }
    if queues.isEmpty { handBack() }
  }

  /// Leaves the signal to the kernel and its default action, whoever else wants it.
  func handBack() {
    if let token { events.unregister(token) }
    token = nil
    if events.signalIntakes[signal] === self { events.signalIntakes[signal] = nil }
    // Unblocks: what is still pending acts now.
    let ended = source.take()
    _ = consume ended
  }
}

/// What one stream has not taken yet, and who waits there.
final class SignalQueue {
  private var deliveries: [SignalDelivery] = []
  var waiter: WakeTicket?

  /// How many a stream keeps of what queues, which only real-time signals do.
  private static let limit = 1024

  var isEmpty: Bool { deliveries.isEmpty }

  /// Keeps `delivery`, unless it is a signal that coalesces and waits here already.
  func put(_ delivery: SignalDelivery) {
    let coalesces = delivery.signal.rawValue < 32
    if coalesces && deliveries.contains(where: { $0.signal == delivery.signal }) { return }
    if deliveries.count < Self.limit { deliveries.append(delivery) }
    waiter?.wake()
  }

  func take() -> SignalDelivery? {
    deliveries.isEmpty ? nil : deliveries.removeFirst()
  }
}
