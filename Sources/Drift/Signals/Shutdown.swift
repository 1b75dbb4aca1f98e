public import CoreShift
public import GreenThreads

/// The end of a program, asked for by a signal.
///
/// ``withGracefulShutdown(on:grace:file:line:_:)`` gives it to its body.
public final class Shutdown {
  /// What has asked for the end; nil while nobody has.
  public private(set) var signal: Signal?
  /// Where to spawn what the shutdown is to cancel; the body itself is in it.
  public let scope: Scope
  /// Whether the grace is over, and ``scope`` has been cancelled for it.
  private(set) var hasCancelled = false
  private let gate = Gate(label: "shutdown")

  init(_ scope: Scope) {
    self.scope = scope
  }

  /// Whether the end has been asked for.
  public var isRequested: Bool { signal != nil }

  /// Waits until the end is asked for.
  ///
  /// Parks.
  ///
  /// For whoever closes a listener then, so that no more work comes in.
  ///
  /// - Returns: what has asked.
  /// - Throws: `Cancelled`; without a grace this comes first, as for everything else that waits.
  @discardableResult
  public func wait() throws -> Signal {
    while true {
      if let signal { return signal }
      try gate.pass()
    }
  }

  /// Takes the first signal, and cancels the body when its grace is over.
  func watch(_ signals: SignalStream, _ grace: Duration?) throws {
    guard let delivery = try signals.next() else { return }
    signal = delivery.signal
    // The kernel spares the first process of a container whatever a signal does by default.
    if ownProcessIdentifier == 1 { return try cancel(after: grace, orEndBy: signals) }
    // The second is the kernel's, and ends the process also when a green thread does not park.
    let second = try signals.take()
    signals.handBack()
    // It was pending, too, or another stream has taken it: it acts now.
    second?.signal.raise()
    try cancel(after: grace)
  }

  private func cancel(after grace: Duration?) throws {
    gate.open()
    guard let grace else { return }
    if grace > .zero { try GreenThread.sleep(for: grace) }
    hasCancelled = true
    scope.cancel()
  }

  /// The same, and ends the process at the next signal; goes on until it is cancelled itself.
  private func cancel(after grace: Duration?, orEndBy signals: SignalStream) throws {
    try withScope { around in
      around.spawn(name: "second signal") { try signals.next()?.signal.endProcess() }
      try cancel(after: grace)
    }
  }
}

@available(*, unavailable, message: "a shutdown stays on its scheduler's OS thread")
extension Shutdown: Sendable {}

/// Runs `body` until it ends or a signal asks for the end, which cancels it; a second signal ends
/// the process at once.
///
/// Parks.
///
/// ```swift
/// try Drift.run {
///   try withGracefulShutdown(grace: .seconds(10)) { shutdown in
///     let listener = try TCPListener(bind: "::", port: 7777)
///     shutdown.scope.spawn { try shutdown.wait(); listener.close() }
///     try serve(listener)
///   }
/// }
/// ```
///
/// The second signal acts as if nobody had ever taken it: by default the process ends of it, and a
/// shell sees 128 + its number. No `defer` runs then, and it needs no green thread to park. Other
/// streams of these signals get no more of them after the first. The first process of a container
/// (process 1), which the kernel spares that, ends itself with the same number, as soon as the loop
/// gets its turn.
///
/// - Parameters:
///   - signals: what asks for the end; see ``SignalStream`` for what happens to them meanwhile.
///   - grace: how long after the first signal the body may go on before it is cancelled; zero
///     cancels it at once, nil never.
///   - file: where it stands, for errors.
///   - line: where it stands, for errors.
///   - body: runs on the calling green thread.
/// - Returns: what `body` returns; nil when the shutdown has cut it short.
/// - Throws: what `body` throws; `CoreError` for signals that cannot be taken.
@discardableResult
public func withGracefulShutdown<Value>(
  on signals: [Signal] = [.terminate, .interrupt], grace: Duration? = .zero,
  file: StaticString = #fileID, line: UInt32 = #line,
  _ body: (Shutdown) throws -> Value
) throws -> Value? {
  let stream = try SignalStream(signals)
  defer { stream.close() }
  return try withScope(file: file, line: line) { around in
    var shutdown: Shutdown?
    var watcher: Handle<Void>?
    defer { watcher?.cancel() }
    do {
      return try withScope(file: file, line: line) { inside in
        let begun = Shutdown(inside)
        shutdown = begun
        watcher = around.spawn(name: "shutdown") { try begun.watch(stream, grace) }
        return try body(begun)
      }
    } catch let error as Cancelled {
      // Ours, and not that of somebody further out, which every wait out here would meet, too.
      guard shutdown?.hasCancelled == true, !GreenThread.isCancelled else { throw error }
      return nil
    }
  }
}
