internal import GreenThreads

extension Listener {
  /// Serves every connection on a green thread of its own, until the listener is stopped or closed
  /// or what the caller does is cancelled; then lets those that are being served come to their end.
  ///
  /// Parks.
  ///
  /// A connection is accepted only when there is a place for it: those beyond the limit wait in the
  /// kernel's queue. It is closed when `handle` is over. Handlers end in one of three ways: by
  /// themselves; by an error, which goes to `onFailure` and ends nobody else; or, once `draining`
  /// is over, by a cancellation.
  ///
  /// A cancellation around `serve` does not reach the handlers at once: first nobody is accepted
  /// any more, but for those who have come already, as after ``stop()``; then the handlers have as
  /// long as `draining` says.
  ///
  /// - Parameters:
  ///   - limit: how many connections may be served at the same time; at least 1.
  ///   - draining: how long the handlers may go on once the end has begun; zero cancels them at
  ///     once.
  ///   - onFailure: called with each error of a handler, on its green thread.
  ///   - handle: serves one connection.
  /// - Returns: how many handlers were cancelled because they had not ended by then.
  /// - Throws: `Cancelled`, when that was the reason; an error of ``accept()``: after
  ///   `ResourceBusy`, while another green thread accepts, the listener is left to that one;
  ///   `InvalidArgument` for a limit below 1.
  @discardableResult
  public func serve(
    limit: Int, draining: Duration, onFailure: @escaping (any Error) -> Void,
    _ handle: @escaping (Accepted) throws -> Void
  ) throws -> Int {
    if limit < 1 { throw InvalidArgument("a limit of \(limit) connections lets nobody in") }
    try GreenThread.checkCancellation()
    let service = Service(of: self, limit: limit, handle)
    // Cancelling the caller cancels what it accepts with, and what serves only after the drain.
    return try withScope { outside in
      let cutShort = try withCancellationShield {
        try withScope(isolatingFailures: onFailure) { connections in
          let accepting = outside.spawn(name: "accept") { try service.acceptAll(into: connections) }
          // It may be waiting for a place, and not for a connection.
          let stopping = outside.spawn(name: "stop") {
            try self.stopped.pass()
            accepting.cancel()
          }
          // Whatever has ended it, those who are being served come first; the scope outside throws.
          var isOthers = false
          do { try accepting.join() } catch { isOthers = error is ResourceBusy }
          stopping.cancel()
          return try service.drain(connections, for: draining, leavingListener: isOthers)
        }
      }
      try GreenThread.checkCancellation()
      return cutShort
    }
  }
}

/// One call of ``Listener/serve(limit:draining:onFailure:_:)``.
private final class Service<Source: Listener> {
  private let listener: Source
  private let handle: (Source.Accepted) throws -> Void
  private let places: Semaphore
  private var served = 0
  /// Open while nobody is served.
  private let idle = Gate(label: "connections being served")

  init(
    of listener: Source, limit: Int, _ handle: @escaping (Source.Accepted) throws -> Void
  ) {
    self.listener = listener
    self.handle = handle
    places = Semaphore(permits: limit, label: "places for connections")
    idle.open()
  }

  /// Accepts until the listener is closed.
  func acceptAll(into connections: Scope) throws {
    while true {
      try places.acquire()
      let connection: Source.Accepted
      do {
        connection = try listener.accept()
      } catch {
        places.release()
        if error is ResourceClosed { return }
        throw error
      }
      let visit = Visit(of: connection, to: self)
      connections.spawn {
        defer { visit.end() }
        try self.handle(connection)
      }
    }
  }

  func begin() {
    served += 1
    idle.close()
  }

  func end() {
    places.release()
    served -= 1
    if served == 0 { idle.open() }
  }

  /// Accepts who has come already, waits for all, and cancels those who stay too long.
  ///
  /// A listener from which others accept is left to them.
  func drain(
    _ connections: Scope, for duration: Duration, leavingListener isOthers: Bool
  ) throws -> Int {
    if !isOthers { listener.stop() }
    defer { if !isOthers { listener.close() } }
    do {
      try withTimeout(duration) {
        // A listener that is broken gives nobody any more, and those who are served go on.
        if !isOthers {
          do { try acceptAll(into: connections) } catch  where !(error is Cancelled) {}
        }
        try idle.pass()
      }
    } catch is DeadlineExceeded {}
    let cutShort = served
    connections.cancel()
    return cutShort
  }
}

/// A connection in its place, which it gives back when its handler is over; or when there was none,
/// because it was cancelled before it began, or there was no stack for it.
private final class Visit<Source: Listener> {
  private let connection: Source.Accepted
  private let service: Service<Source>
  private var isOver = false

  init(of connection: Source.Accepted, to service: Service<Source>) {
    self.connection = connection
    self.service = service
    service.begin()
  }

  deinit { end() }

  func end() {
    if isOver { return }
    isOver = true
    connection.close()
    service.end()
  }
}
