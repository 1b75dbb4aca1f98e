public import CoreShift
public import GreenThreads

/// A TCP socket that takes connections.
public final class TCPListener: Listener, OpenSocket {
  let socket: ListeningSocket
  /// Where it listens; with port 0 given, the port that the kernel has chosen.
  public let localAddress: SocketAddress

  /// Called when there are no descriptors or no memory to accept with: EMFILE, ENFILE, ENOMEM,
  /// ENOBUFS, ENOSPC.
  ///
  /// Called before each pause, on the green thread in ``accept()``, which goes on by itself: those
  /// who come wait in the kernel's queue, and it tries again after 5 milliseconds, and then each
  /// time after twice as long, up to 200.
  public var onShortage: ((CoreError) -> Void)? {
    get { socket.onShortage }
    set { socket.onShortage = newValue }
  }

  /// Listens on a numeric address; port 0 lets the kernel choose.
  ///
  /// Does not park.
  ///
  /// - Parameters:
  ///   - host: `127.0.0.1`, `::1`; `::` with `.dualStack` among the options takes both families.
  ///   - port: where.
  ///   - backlog: how many connections may wait to be accepted.
  ///   - options: buffer sizes, no-delay and keep-alive pass to what is accepted. With `.reusePort`
  ///     several listeners, one for each OS thread, share an address.
  /// - Throws: `CoreError`: EINVAL for what is no address, EADDRINUSE, EADDRNOTAVAIL, EACCES.
  public init(
    bind host: String, port: UInt16, backlog: Int32 = 1024, options: Socket.Options = []
  ) throws {
    let address = try SocketAddress(ip: host, port: port)
    let listening = try Socket.listen(on: address, backlog: backlog, options: options)
    localAddress = try Socket.localAddress(of: listening)
    socket = try ListeningSocket(listening, backlog: backlog)
  }

  /// Takes over a socket that listens already, from a parent or another process.
  ///
  /// - Throws: `CoreError`: EINVAL for a blocking one, EAFNOSUPPORT for one of another kind; it is
  ///   closed then.
  public init(adopting descriptor: consuming Fd) throws {
    localAddress = try Socket.localAddress(of: descriptor)
    socket = try ListeningSocket(descriptor)
  }

  /// Open once ``stop()`` or ``close()`` has been called.
  public var stopped: Gate { socket.stopped }

  /// Takes the next connection, waiting for one.
  ///
  /// Parks.
  ///
  /// A connection that its peer has given up before it was taken is passed over, and a shortage is
  /// waited out; see ``onShortage``. One green thread at a time.
  ///
  /// - Throws: `CoreError` of `accept4`, and the listener stays good; `Cancelled`;
  ///   `ResourceClosed`; `ResourceBusy`.
  public func accept() throws -> TCPStream {
    try socket.next(Self.take)
  }

  /// Takes who has come; nil for nobody.
  static func take(from socket: borrowing Fd) throws(CoreError) -> TCPStream? {
    guard let accepted = try Socket.accept(from: socket) else { return nil }
    let peer = accepted.peer
    return TCPStream(accepted: accepted.socket, peer: peer)
  }

  /// Takes no more than those who have come already: then ``accept()`` is `ResourceClosed`, and
  /// the listener closed.
  ///
  /// Does not park.
  public func stop() { socket.stop() }

  /// Stops listening; who waits in ``accept()`` gets `ResourceClosed`.
  ///
  /// Who has come and was not accepted is reset. Again: no effect.
  public func close() { socket.close() }

  /// Lends the socket for a call that does not wait; see ``OpenSocket``.
  public func withSocket<Value: ~Copyable>(
    _ call: (borrowing Fd) throws(CoreError) -> Value
  ) throws -> Value {
    try socket.descriptor.withDescriptor(call)
  }
}

@available(*, unavailable, message: "a listener stays on its scheduler's OS thread")
extension TCPListener: Sendable {}
