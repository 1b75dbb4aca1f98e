public import CoreShift
public import GreenThreads

/// A Unix socket that takes connections.
///
/// Closing it, or letting go of it, removes the file that it has made, unless somebody else has the
/// path by now.
public final class UnixListener: Listener, OpenSocket {
  let socket: ListeningSocket
  /// Where it listens; with ``/CoreShift/UnixAddress/autobind``, what the kernel has chosen.
  public let localAddress: UnixAddress

  /// Called when there are no descriptors or no memory to accept with: ``accept()`` goes on by
  /// itself.
  ///
  /// See ``TCPListener/onShortage``.
  public var onShortage: ((CoreError) -> Void)? {
    get { socket.onShortage }
    set { socket.onShortage = newValue }
  }

  /// Listens at a path; does not park.
  ///
  /// - Parameters:
  ///   - path: 1 to 107 bytes.
  ///   - replacement: what may be removed from the path first; what somebody listens at never is.
  ///   - permissions: of the file, in place of what the umask leaves; who connects needs to write.
  ///   - backlog: how many connections may wait to be accepted.
  /// - Throws: `CoreError` of the step, with the address: EADDRINUSE, EEXIST, EACCES, ENOENT;
  ///   neither socket nor file is left.
  public convenience init(
    bind path: RawString, replacing replacement: UnixSocket.Replacement = .nothing,
    permissions: UInt32? = nil, backlog: Int32 = 1024
  ) throws {
    try self.init(
      bind: UnixAddress(path: path), replacing: replacement, permissions: permissions,
      backlog: backlog)
  }

  /// Listens at a path or an abstract name; see ``init(bind:replacing:permissions:backlog:)``.
  ///
  /// - Throws: also `CoreError` with EINVAL, for a replacement or permissions without a path.
  public init(
    bind address: UnixAddress, replacing replacement: UnixSocket.Replacement = .nothing,
    permissions: UInt32? = nil, backlog: Int32 = 1024
  ) throws {
    let bound = try UnixSocket.listen(
      on: address, replacing: replacement, permissions: permissions, backlog: backlog)
    localAddress = bound.address
    let file = bound.file
    socket = try ListeningSocket(bound.takeSocket(), backlog: backlog, file: file)
  }

  /// Takes over a socket that listens already, from a parent or another process; its file stays.
  ///
  /// - Throws: `CoreError`: EINVAL for a blocking one; it is closed then.
  public init(adopting descriptor: consuming Fd) throws {
    localAddress = try UnixSocket.localAddress(of: descriptor)
    socket = try ListeningSocket(descriptor)
  }

  /// Open once ``stop()`` or ``close()`` has been called.
  public var stopped: Gate { socket.stopped }

  /// Takes the next connection, waiting for one.
  ///
  /// Parks.
  ///
  /// One green thread at a time.
  ///
  /// - Throws: `CoreError` of `accept4`; `Cancelled`; `ResourceClosed`; `ResourceBusy`. The
  ///   listener stays good.
  public func accept() throws -> UnixStream {
    try socket.next(Self.take)
  }

  /// Takes who has come; nil for nobody.
  static func take(from socket: borrowing Fd) throws(CoreError) -> UnixStream? {
    guard let accepted = try UnixSocket.accept(from: socket) else { return nil }
    return UnixStream(accepted: accepted)
  }

  /// Takes no more than those who have come already: then ``accept()`` is `ResourceClosed`, and
  /// the listener closed.
  ///
  /// Does not park.
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
extension UnixListener: Sendable {}
