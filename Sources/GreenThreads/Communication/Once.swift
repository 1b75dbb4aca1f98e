/// A value that is made when it is first needed, by code that may park.
///
/// `static let` and `lazy var` must not be used for that: a park inside their initializers blocks
/// the OS thread for ever, or makes the value twice.
public final class Once<Value> {
  private struct State {
    var made: Value?
    /// The serial of the green thread that makes it; 0 for nobody.
    var maker: UInt64 = 0
    var waiters = WaitQueue()
    let subject: Subject
  }

  private let state: Reference<State>

  /// A value that nobody has asked for yet.
  ///
  /// - Parameters:
  ///   - label: tells it from others in reports; without one they say where it was made.
  ///   - file: where it was made, for reports.
  ///   - line: where it was made, for reports.
  public init(
    label: StaticString? = nil, file: StaticString = #fileID, line: UInt32 = #line
  ) {
    state = Reference(holding: State(subject: Subject(label, file, line)))
  }

  // SAFETY: the state does not move, and outlives everybody who waits in it.
  var queue: Reference<WaitQueue> { unsafe Reference(&state.it.waiters) }

  deinit {
    state.dispose()
  }

  /// The value, if it has been made.
  public var valueIfMade: Value? { state.it.made }

  /// The value; the first that asks makes it, and the others wait for that one.
  ///
  /// Parks where `make` does, and while somebody else makes it. When `make` throws, its error goes
  /// to the one that called it, and the next that waits makes the value itself. Traps when `make`
  /// asks for the value that it is to make.
  ///
  /// - Throws: what `make` throws; ``Cancelled``, unless the value has been made: then `make` has
  ///   not begun here, or threw it.
  public func value(_ make: () throws -> Value) throws -> Value {
    if let made = state.it.made { return made }
    let (thread, scheduler) = currentThread(for: "Once.value")
    while state.it.maker != 0 {
      if state.it.maker == thread.it.serial { refuse() }
      try throwIfCancelled(thread)
      let reason = ParkReason("for the once-made value", state.it.subject)
      // SAFETY: the state does not move, and outlives this wait.
      unsafe thread.it.holder = Reference(&state.it.maker)
      defer { thread.it.holder = nil }
      _ = try wait(in: queue, for: reason, until: nil, by: thread, on: scheduler)
      if let made = state.it.made { return made }
      // The one that failed has handed the making over.
      if state.it.maker == thread.it.serial { break }
    }
    state.it.maker = thread.it.serial
    defer {
      if state.it.made != nil {
        state.it.maker = 0
        state.it.waiters.serveAll(.done)
      } else {
        handOver()
      }
    }
    // Also when the making has been handed over: then it goes on to the next.
    try throwIfCancelled(thread)
    let value = try make()
    state.it.made = value
    return value
  }

  /// The first that waits is the maker from now on, so that nobody who comes later overtakes it.
  private func handOver() {
    let next = state.it.waiters.takeFirst()
    state.it.maker = unsafe next?.it.ticket?.thread.it.serial ?? 0
    next?.serve()
  }

  private func refuse() -> Never {
    fatalError(
      """
      the once-made value \(state.it.subject.description) was asked for by the code that makes it: \
      it would wait for itself. Pass on what it needs instead.
      """)
  }
}

@available(*, unavailable, message: "a once-made value stays on its scheduler's OS thread")
extension Once: Sendable {}
