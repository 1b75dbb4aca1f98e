/// Hands values from green threads that send to green threads that receive, in order.
///
/// Any number of green threads may send and receive. Who waits is served first come, first served,
/// and a value goes straight from the sender to a receiver that waits: nothing is allocated, and
/// the sender goes on. What one sender sends arrives in the order in which it was sent.
///
/// ```swift
/// let words = Channel<String>()
/// try withScope { scope in
///   scope.spawn {
///     defer { words.close() }
///     for word in ["to", "be"] { try words.send(word) }
///   }
///   while let word = try words.receive() { print(word) }
/// }
/// ```
///
/// Every value is either received or destroyed, exactly once, also when closing, a cancellation or
/// a deadline comes at the same time. The channel and its green threads stay on one OS thread.
public final class Channel<Element: ~Copyable> {
  @usableFromInline let state: ChannelReference
  /// How many values may lie in it.
  @usableFromInline let limit: Int
  @usableFromInline let buffer = Reference(holding: Ring<Element>())

  /// An open, empty channel.
  ///
  /// - Parameters:
  ///   - capacity: how many values it holds for receivers to come.
  ///   - label: tells it from others in reports; without one they say where it was made.
  ///   - file: where it was made, for reports.
  ///   - line: where it was made, for reports.
  public init(
    _ capacity: ChannelCapacity = .rendezvous, label: StaticString? = nil,
    file: StaticString = #fileID, line: UInt32 = #line
  ) {
    switch capacity {
    case .rendezvous: limit = 0
    case .bounded(let count):
      if count < 0 { fatalError("a channel's capacity of \(count): give zero or more") }
      limit = count
    case .unbounded: limit = .max
    }
    state = ChannelReference(label, file, line)
  }

  deinit {
    buffer.it.deallocate()
    buffer.dispose()
    state.dispose()
  }

  // The shells are inlined, and would let go of the channel once they have its state: hence the
  // extended lifetimes.

  /// Takes the next value, and waits for one.
  ///
  /// Parks.
  ///
  /// - Returns: nil when the channel is closed and drained.
  /// - Throws: ``Cancelled``, also when a value lies ready; then it stays in the channel.
  @inlinable
  @inline(__always)
  public func receive() throws -> Element? {
    if buffer.it.count > 0 { return try receiveBuffered() }
    defer { withExtendedLifetime(self) {} }
    var value: Element?
    var waiter = Waiter()
    unsafe withUnsafeMutablePointer(to: &value) { slot in
      unsafe withUnsafeMutablePointer(to: &waiter) { waiter in
        // SAFETY: the waiter leaves the queue before this frame ends: served, or withdrawn.
        let waiter = unsafe WaiterReference(waiter)
        unsafe state.receive(waiter, into: slot)
        if waiter.it.outcome == .waiting { state.withdrawReceiver(waiter) }
      }
    }
    // Two comparisons and no table: the two ways take turns, and each is predicted by itself.
    let outcome = waiter.outcome
    if outcome == .done { return value }
    if outcome == .partner { return unsafe Self.take(from: waiter.slot) }
    if outcome == .closed { return nil }
    throw failure(outcome, until: nil)
  }

  /// Hands over `value`, and waits for room or for a receiver.
  ///
  /// Parks.
  ///
  /// - Throws: ``ResourceClosed`` when the channel is closed, also meanwhile; ``Cancelled``, also
  ///   when there is room. Then `value` has been destroyed.
  @inlinable
  @inline(__always)
  public func send(_ value: consuming Element) throws {
    defer { withExtendedLifetime(self) {} }
    var value: Element? = consume value
    var waiter = Waiter()
    unsafe withUnsafeMutablePointer(to: &value) { slot in
      unsafe withUnsafeMutablePointer(to: &waiter) { waiter in
        // SAFETY: as in `receive`.
        let waiter = unsafe WaiterReference(waiter)
        unsafe state.send(waiter, from: slot, hasRoom: buffer.it.count < limit)
        if waiter.it.outcome == .waiting { state.withdrawSender(waiter) }
      }
    }
    let outcome = waiter.outcome
    if outcome == .done { return }
    if outcome == .partner { return unsafe Self.give(value.take(), to: waiter.slot) }
    if outcome == .room { return append(value.take()) }
    if outcome == .closed { throw state.closed }
    throw failure(outcome, until: nil)
  }

  /// Closes the channel: nothing more can be sent, and what lies in it can still be received.
  ///
  /// Receivers that wait get nil; senders that wait get ``ResourceClosed``, and their values are
  /// destroyed. Again: no effect. Does not park.
  public func close() {
    state.close()
  }

  /// Whether it has been closed; values may still lie in it.
  public var isClosed: Bool { state.it.isClosed }

  /// How many values lie in it.
  ///
  /// Those of senders that wait are not among them.
  public var count: Int { buffer.it.count }
}

extension Channel where Element: ~Copyable {
  /// Whether a value can be put into the buffer.
  var hasRoom: Bool { buffer.it.count < limit }
}

@available(*, unavailable, message: "a channel stays on its scheduler's OS thread")
extension Channel: Sendable {}

/// How many values a ``Channel`` holds that nobody has received yet.
public enum ChannelCapacity: Sendable, Equatable {
  /// None: a send waits until somebody receives.
  case rendezvous
  /// At most so many; then a send waits for room.
  ///
  /// Zero or more: making a channel with less traps.
  case bounded(Int)
  /// As many as there is memory for; a send never waits.
  case unbounded
}

// What moves values. Who waited at the other side has been made runnable and still has its slot:
// nobody runs before the caller parks.
extension Channel where Element: ~Copyable {
  /// The value in the slot of a sender that has been served.
  @inlinable
  @inline(__always)
  static func take(from sender: UnsafeMutableRawPointer?) -> Element? {
    // SAFETY: a sender's slot holds its value until that is taken, once, here.
    unsafe sender?.assumingMemoryBound(to: Element?.self).pointee.take() ?? nil
  }

  /// Puts `value` into the slot of a receiver that has been served.
  @inlinable
  @inline(__always)
  static func give(_ value: consuming Element?, to receiver: UnsafeMutableRawPointer?) {
    // SAFETY: a receiver's slot has room, and is a variable of its own until it runs.
    unsafe receiver?.assumingMemoryBound(to: Element?.self).pointee = value
  }

  @inlinable
  @inline(never)
  func receiveBuffered() throws -> Element? {
    try GreenThread.checkCancellation()
    return takeBuffered()
  }

  /// The first value of the buffer, which is not empty; a sender that waits for room then has it.
  @inlinable
  func takeBuffered() -> Element? {
    let value = buffer.it.takeFirst()
    if let sender = unsafe state.takeSender() { unsafe append(Self.take(from: sender)) }
    return value
  }

  @inlinable
  func append(_ value: consuming Element?) {
    if let value { buffer.it.append(value) }
  }
}
