public import Drift

/// A listener without a network: each ``connect()`` makes a connection of memory.
///
/// `serve` runs on it as on a socket, and so a whole server and its clients run in memory, on
/// virtual time and under as many seeds as one likes.
///
/// ```swift
/// let listener = MemoryListener()
/// let serving = scope.spawn {
///   try listener.serve(limit: 10, draining: .seconds(1), onFailure: { _ in }) { client in
///     try client.write(try client.readExactly(1))
///   }
/// }
/// let client = try listener.connect()
/// ```
public final class MemoryListener: Listener {
  /// Open once ``stop()`` or ``close()`` has been called.
  public let stopped = Gate(label: "memory listener stopped")

  private let queue: Channel<MemoryStream>
  private let capacity: Int

  /// One that nobody has come to yet.
  ///
  /// - Parameters:
  ///   - backlog: how many connections may wait to be accepted, one or more; who comes then waits
  ///     in ``connect()``.
  ///   - capacity: how many unread bytes make a writer wait, in each direction of a connection; one
  ///     or more.
  public init(backlog: Int = 128, capacity: Int = 64 << 10) {
    if backlog < 1 { fatalError("a backlog of \(backlog) connections: give one or more") }
    if capacity < 1 { fatalError("a capacity of \(capacity) bytes: give one or more") }
    queue = Channel(.bounded(backlog), label: "connections to a memory listener")
    self.capacity = capacity
  }

  deinit {
    close()
  }

  /// Connects, as a client; it may write before it is accepted.
  ///
  /// Parks while the backlog is full.
  ///
  /// A client that is in the queue when the listener is closed gets ECONNRESET.
  ///
  /// - Returns: the client's end.
  /// - Throws: `CoreError` with ECONNREFUSED once the listener is stopped or closed; `Cancelled`.
  public func connect() throws -> MemoryStream {
    let (client, server) = MemoryStream.pair(capacity: capacity)
    do {
      try queue.send(server)
    } catch is ResourceClosed {
      throw CoreError(operation: "connect", code: .connectionRefused)
    }
    return client
  }

  /// Takes the next connection, waiting for one.
  ///
  /// Parks. Several green threads may wait.
  ///
  /// - Throws: `ResourceClosed` once it was closed, or once it was stopped and nobody is left who
  ///   has come before; `Cancelled`.
  public func accept() throws -> MemoryStream {
    guard let connection = try queue.receive() else { throw ResourceClosed("a memory listener") }
    return connection
  }

  /// Takes no more than those who have come already.
  ///
  /// Again: no effect. Does not park.
  public func stop() {
    queue.close()
    stopped.open()
  }

  /// Ends it at once; who has come and was not accepted gets ECONNRESET.
  ///
  /// Again: no effect. Does not park.
  public func close() {
    stop()
    while case .value(let connection) = queue.tryReceive() { connection.reset() }
  }
}

@available(*, unavailable, message: "a listener stays on its scheduler's OS thread")
extension MemoryListener: Sendable {}
