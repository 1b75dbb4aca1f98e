// Channels as branches of a select. What waits in a channel's queue is a waiter like that of any
// green thread; all waiters of one select have the same ticket.

extension SelectBranch {
  /// Taken when a value can be received.
  ///
  /// - Parameters:
  ///   - channel: from which a value is taken only if the branch is.
  ///   - body: gets the value; nil when the channel is closed and drained.
  /// - Returns: the branch.
  public static func receive<Element: ~Copyable>(
    from channel: Channel<Element>, _ body: @escaping (consuming Element?) throws -> Outcome
  ) -> Self {
    let source = ReceiveSource(channel)
    return Self(source) { try body(source.takeValue()) }
  }

  /// Taken when `value` can be handed over.
  ///
  /// The select throws ``ResourceClosed`` when it takes this branch because `channel` is closed.
  ///
  /// - Parameters:
  ///   - value: stays the caller's if the branch is not taken.
  ///   - channel: to which it is sent.
  ///   - body: what follows.
  /// - Returns: the branch.
  public static func send<Element>(
    _ value: Element, to channel: Channel<Element>, _ body: @escaping () throws -> Outcome
  ) -> Self {
    let source = SendSource(value, channel)
    return Self(source) {
      try source.throwIfRefused()
      return try body()
    }
  }

  /// Taken when the value of `offer` can be handed over; never, when there is none in it.
  ///
  /// The select throws ``ResourceClosed`` when it takes this branch because `channel` is closed.
  /// One offer can stand in several branches: whichever is taken has the value. It waits in one
  /// select at a time: a second throws ``ResourceBusy``.
  ///
  /// - Parameters:
  ///   - offer: keeps its value if the branch is not taken, or the channel is closed.
  ///   - channel: to which it is sent.
  ///   - body: what follows.
  /// - Returns: the branch.
  public static func send<Element: ~Copyable>(
    _ offer: Offer<Element>, to channel: Channel<Element>, _ body: @escaping () throws -> Outcome
  ) -> Self {
    let source = OfferSource(offer, channel)
    return Self(source) {
      try source.throwIfRefused()
      return try body()
    }
  }
}

// SAFETY: the slot is initialised from `init` to `deinit`.
@safe
private final class ReceiveSource<Element: ~Copyable>: SelectSource {
  private let channel: Channel<Element>
  private let slot: UnsafeMutablePointer<Element?>
  private let waiter = WaiterReference(holding: Waiter())

  init(_ channel: Channel<Element>) {
    self.channel = channel
    unsafe slot = .allocate(capacity: 1)
    unsafe slot.initialize(to: nil)
  }

  deinit {
    unsafe slot.deinitialize(count: 1)
    unsafe slot.deallocate()
    waiter.dispose()
  }

  var isReady: Bool { channel.count > 0 || channel.isClosed || channel.state.hasSender() }

  func goThrough() {
    switch channel.tryReceive() {
    case .value(let value): unsafe slot.pointee = consume value
    case .empty: break
    case .closed: break
    }
  }

  func enlist(_ ticket: WakeTicket) {
    unsafe waiter.prepare(ticket, UnsafeMutableRawPointer(slot))
    channel.state.enlistReceiver(waiter)
  }

  func withdraw() -> Bool {
    channel.state.withdrawReceiver(waiter)
    return waiter.conclude()
  }

  func takeValue() -> Element? {
    unsafe slot.pointee.take()
  }
}

private final class SendSource<Element>: SelectSource {
  private let value: Element
  private let channel: Channel<Element>
  private let slot = Reference<Element?>(holding: nil)
  private let waiter = WaiterReference(holding: Waiter())
  private var isRefused = false

  init(_ value: Element, _ channel: Channel<Element>) {
    self.value = value
    self.channel = channel
  }

  deinit {
    slot.dispose()
    waiter.dispose()
  }

  var isReady: Bool { channel.isClosed || channel.hasRoom || channel.state.hasReceiver() }

  func goThrough() {
    if case .closed = channel.trySend(value) { isRefused = true }
  }

  func enlist(_ ticket: WakeTicket) {
    slot.it = value
    unsafe waiter.prepare(ticket, UnsafeMutableRawPointer(slot.pointer))
    channel.state.enlistSender(waiter)
  }

  func withdraw() -> Bool {
    channel.state.withdrawSender(waiter)
    slot.it = nil
    isRefused = waiter.it.outcome == .closed
    return waiter.conclude()
  }

  func throwIfRefused() throws {
    if isRefused { throw channel.state.closed }
  }
}

private final class OfferSource<Element: ~Copyable>: SelectSource {
  private let offer: Offer<Element>
  private let channel: Channel<Element>
  private let waiter = WaiterReference(holding: Waiter())
  private var refusal: (any Error)?

  init(_ offer: Offer<Element>, _ channel: Channel<Element>) {
    self.offer = offer
    self.channel = channel
  }

  deinit {
    waiter.dispose()
  }

  var isReady: Bool {
    offer.hasValue && (channel.isClosed || channel.hasRoom || channel.state.hasReceiver())
  }

  func goThrough() {
    // The value of one with which another select waits is not to be taken.
    refusal = offer.refusal
    guard let value = offer.take() else { return }
    switch channel.trySend(value) {
    case .sent: break
    case .full(let value): offer.put(value)
    case .closed(let value):
      offer.put(value)
      refusal = channel.state.closed
    }
  }

  func enlist(_ ticket: WakeTicket) throws {
    // Also of one whose value has gone: the select that it went from takes its waiter back.
    requireNoSelect(holding: waiter.it.ticket)
    guard offer.hasValue else { return }
    let slot = try unsafe offer.beginSelect(ticket)
    unsafe waiter.prepare(ticket, slot)
    channel.state.enlistSender(waiter)
  }

  func withdraw() -> Bool {
    guard waiter.it.ticket != nil else { return false }
    channel.state.withdrawSender(waiter)
    offer.endSelect()
    refusal = waiter.it.outcome == .closed ? channel.state.closed : nil
    return waiter.conclude()
  }

  func throwIfRefused() throws {
    if let refusal { throw refusal }
  }
}

extension Reference where Record == Waiter {
  /// Its ticket stays until ``conclude()``, though it may be served and leave its queue before.
  fileprivate func prepare(_ ticket: WakeTicket, _ slot: UnsafeMutableRawPointer) {
    requireNoSelect(holding: it.ticket)
    it = Waiter()
    it.ticket = ticket
    unsafe it.slot = slot
  }

  /// Lets another select have it.
  ///
  /// - Returns: whether it has been served.
  fileprivate func conclude() -> Bool {
    it.ticket = nil
    return it.outcome != .waiting
  }
}
