/// What came of ``Channel/tryReceive()``.
public enum ReceiveAttempt<Element: ~Copyable>: ~Copyable {
  /// The next value.
  case value(Element)
  /// There is none now.
  case empty
  /// There is none, and none will come.
  case closed
}

extension ReceiveAttempt: Copyable where Element: Copyable {}
extension ReceiveAttempt: Equatable where Element: Equatable {}
extension ReceiveAttempt: Sendable where Element: Sendable & ~Copyable {}

/// What came of ``Channel/trySend(_:)``.
public enum SendAttempt<Element: ~Copyable>: ~Copyable {
  /// The channel has it.
  case sent
  /// There is no room and no receiver waits; the value comes back.
  case full(Element)
  /// The channel is closed; the value comes back.
  case closed(Element)
}

extension SendAttempt: Copyable where Element: Copyable {}
extension SendAttempt: Equatable where Element: Equatable {}
extension SendAttempt: Sendable where Element: Sendable & ~Copyable {}

extension Channel where Element: ~Copyable {
  /// Takes the next value if there is one now, from the buffer or from a sender that waits.
  ///
  /// Does not park, and is no cancellation point.
  @inlinable
  public func tryReceive() -> ReceiveAttempt<Element> {
    if buffer.it.count > 0, let value = takeBuffered() { return .value(value) }
    if let sender = unsafe state.takeSender(), let value = unsafe Self.take(from: sender) {
      return .value(value)
    }
    return isClosed ? .closed : .empty
  }

  /// Hands over `value` if there is room or a receiver waits.
  ///
  /// Does not park, and is no cancellation point.
  @inlinable
  public func trySend(_ value: consuming Element) -> SendAttempt<Element> {
    if isClosed { return .closed(value) }
    if let receiver = unsafe state.takeReceiver() {
      unsafe Self.give(value, to: receiver)
      return .sent
    }
    if buffer.it.count >= limit { return .full(value) }
    buffer.it.append(value)
    return .sent
  }

  /// Takes the next value, and waits for one for at most `timeout`; zero asks without waiting.
  ///
  /// Parks.
  ///
  /// - Returns: nil when the channel is closed and drained.
  /// - Throws: ``DeadlineExceeded`` when no value has come by then; ``Cancelled``;
  ///   ``InvalidArgument`` when `timeout` is negative.
  @inlinable
  public func receive(within timeout: Duration) throws -> Element? {
    let deadline = try deadline(after: timeout)
    if buffer.it.count > 0 { return try receiveBuffered() }
    defer { withExtendedLifetime(self) {} }
    var value: Element?
    var waiter = Waiter()
    unsafe withUnsafeMutablePointer(to: &value) { slot in
      unsafe withUnsafeMutablePointer(to: &waiter) { waiter in
        // SAFETY: as in `receive()`.
        let waiter = unsafe WaiterReference(waiter)
        unsafe state.receive(waiter, into: slot, until: deadline)
        if waiter.it.outcome == .waiting { state.withdrawReceiver(waiter) }
      }
    }
    switch waiter.outcome {
    case .done, .closed: return value
    case .partner: return unsafe Self.take(from: waiter.slot)
    default: throw failure(waiter.outcome, until: deadline)
    }
  }

  /// Hands over `value`, and waits for at most `timeout`; zero asks without waiting.
  ///
  /// Parks.
  ///
  /// - Throws: ``ResourceClosed``; ``DeadlineExceeded`` when nobody has taken it by then;
  ///   ``Cancelled``; ``InvalidArgument`` when `timeout` is negative. Then `value` has been
  ///   destroyed.
  @inlinable
  public func send(_ value: consuming Element, within timeout: Duration) throws {
    let deadline = try deadline(after: timeout)
    defer { withExtendedLifetime(self) {} }
    var value: Element? = consume value
    var waiter = Waiter()
    unsafe withUnsafeMutablePointer(to: &value) { slot in
      unsafe withUnsafeMutablePointer(to: &waiter) { waiter in
        // SAFETY: as in `receive()`.
        let waiter = unsafe WaiterReference(waiter)
        unsafe state.send(waiter, from: slot, hasRoom: buffer.it.count < limit, until: deadline)
        if waiter.it.outcome == .waiting { state.withdrawSender(waiter) }
      }
    }
    switch waiter.outcome {
    case .done: return
    case .partner: unsafe Self.give(value.take(), to: waiter.slot)
    case .room: append(value.take())
    case .closed: throw state.closed
    default: throw failure(waiter.outcome, until: deadline)
    }
  }

  /// Receives until the channel is closed and drained, and gives each value to `body`.
  ///
  /// Parks.
  ///
  /// A channel is no `Sequence`: its `for` loop could not tell the end from a cancellation. Where
  /// a loop reads better, write `while let value = try channel.receive()`.
  ///
  /// - Throws: ``Cancelled``; what `body` throws.
  @inlinable
  public func forEach(_ body: (consuming Element) throws -> Void) throws {
    while let value = try receive() { try body(value) }
  }
}
