// Channels as branches of a select. What waits in a channel's queue is a waiter like that of any
// green thread; all waiters of one select have the same ticket.

extension SelectBranch {
  /// Taken when a value can be received.
  ///
  /// - Parameters:
  ///   - channel: from which a value is taken only if the branch is.
  ///   - body: gets the value; nil when the channel is closed and drained.
  /// - Returns: the branch.
  public static func receive<Element>(
    from channel: Channel<Element>, _ body: @escaping (Element?) throws -> Outcome
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
}

private final class ReceiveSource<Element>: SelectSource {
  private let channel: Channel<Element>
  private let slot = Reference<Element?>(holding: nil)
  private let waiter = WaiterReference(holding: Waiter())

  init(_ channel: Channel<Element>) {
    self.channel = channel
  }

  deinit {
    slot.dispose()
    waiter.dispose()
  }

  var isReady: Bool { channel.count > 0 || channel.isClosed || channel.state.hasSender() }

  func goThrough() {
    if case .value(let value) = channel.tryReceive() { slot.it = value }
  }

  func enlist(_ ticket: WakeTicket) {
    unsafe waiter.prepare(ticket, UnsafeMutableRawPointer(slot.pointer))
    channel.state.enlistReceiver(waiter)
  }

  func withdraw() -> Bool {
    channel.state.withdrawReceiver(waiter)
    return waiter.it.outcome != .waiting
  }

  func takeValue() -> Element? {
    defer { slot.it = nil }
    return slot.it
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
    return waiter.it.outcome != .waiting
  }

  func throwIfRefused() throws {
    if isRefused { throw channel.state.closed }
  }
}

extension Reference where Record == Waiter {
  fileprivate func prepare(_ ticket: WakeTicket, _ slot: UnsafeMutableRawPointer) {
    precondition(!it.isLinked, "a branch stands in one select at a time: make one for each")
    it = Waiter()
    it.ticket = ticket
    unsafe it.slot = slot
  }
}
