public import CoreShift
public import GreenThreads

/// A Unix socket that takes connections which keep the borders of messages.
///
/// In everything else like ``UnixListener``.
public final class UnixPacketListener: Listener, OpenSocket {
  let socket: ListeningSocket
  /// Where it listens; with ``/CoreShift/UnixAddress/autobind``, what the kernel has chosen.
  public let localAddress: UnixAddress

  /// Called when there are no descriptors or no memory to accept with; see
  /// ``TCPListener/onShortage``.
  public var onShortage: ((CoreError) -> Void)? {
    get { socket.onShortage }
    set { socket.onShortage = newValue }
  }

  /// Listens at a path or an abstract name; see
  /// ``UnixListener/init(bind:replacing:permissions:backlog:)-(UnixAddress,_,_,_)``.
  ///
  /// Does not park.
  public init(
    bind address: UnixAddress, replacing replacement: UnixSocket.Replacement = .nothing,
    permissions: UInt32? = nil, backlog: Int32 = 1024
  ) throws {
    let bound = try UnixSocket.listen(
      on: address, as: .sequencedPacket, replacing: replacement, permissions: permissions,
      backlog: backlog)
    localAddress = bound.address
    let file = bound.file
    socket = try ListeningSocket(bound.takeSocket(), backlog: backlog, file: file)
  }

  /// Open once ``stop()`` or ``close()`` has been called.
  public var stopped: Gate { socket.stopped }

  /// Takes the next connection, waiting for one; see ``UnixListener/accept()``.
  ///
  /// Parks.
  public func accept() throws -> UnixPacketSocket {
    try socket.next(Self.take)
  }

  /// Takes who has come; nil for nobody.
  static func take(from socket: borrowing Fd) throws(CoreError) -> UnixPacketSocket? {
    guard let accepted = try UnixSocket.accept(from: socket) else { return nil }
    return UnixPacketSocket(accepted: accepted)
  }

  /// Takes no more than those who have come already; see ``UnixListener/stop()``.
  public func stop() { socket.stop() }

  /// Stops listening and removes the file; who waits in ``accept()`` gets `ResourceClosed`.
  ///
  /// Again: no effect.
  public func close() { socket.close() }

  /// Lends the socket for a call that does not wait; see ``OpenSocket``.
  public func withSocket<Value: ~Copyable>(
    _ call: (borrowing Fd) throws(CoreError) -> Value
  ) throws -> Value {
    try socket.descriptor.withDescriptor(call)
  }
}

@available(*, unavailable, message: "a listener stays on its scheduler's OS thread")
extension UnixPacketListener: Sendable {}
