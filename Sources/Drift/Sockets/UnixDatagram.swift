public import CoreShift
internal import GreenThreads

/// A Unix socket for messages without a connection, none of which is lost or overtaken.
///
/// One green thread may receive and one may send at a time; another one may ``close()`` it
/// meanwhile. Closing it, or letting go of it, removes the file that it has made.
public final class UnixDatagram: OpenSocket {
  private let descriptor: Descriptor
  private let file: SocketFile?
  /// Where it receives; `unnamed` for one that was not bound.
  public let localAddress: UnixAddress

  /// A socket that only sends, or one of a pair.
  private init(unbound socket: consuming Fd) throws(CoreError) {
    localAddress = try UnixSocket.localAddress(of: socket)
    file = nil
    descriptor = try Descriptor(adopting: socket, shortRead: .meansNothing)
  }

  /// A socket without a name: it can send, and nobody can answer.
  ///
  /// Does not park.
  ///
  /// - Throws: `CoreError` of `socket`.
  public convenience init() throws {
    try self.init(unbound: UnixSocket.open(.datagram))
  }

  /// Receives at a path, an abstract name, or one that the kernel chooses.
  ///
  /// Does not park.
  ///
  /// - Parameters:
  ///   - address: a path, an abstract name, or `.autobind`.
  ///   - replacement: what may be removed from the path first.
  ///   - permissions: of the file, in place of what the umask leaves; who sends needs to write.
  /// - Throws: `CoreError` of the step, with the address; neither socket nor file is left.
  public init(
    bind address: UnixAddress, replacing replacement: UnixSocket.Replacement = .nothing,
    permissions: UInt32? = nil
  ) throws {
    let bound = try UnixSocket.bind(
      to: address, replacing: replacement, permissions: permissions)
    localAddress = bound.address
    file = bound.file
    do {
      descriptor = try Descriptor(
        adopting: bound.takeSocket(), shortRead: .meansNothing)
    } catch {
      _ = try? file?.remove()
      throw error
    }
  }

  deinit { close() }

  /// Two sockets without names, each connected to the other.
  ///
  /// Does not park.
  ///
  /// - Throws: `CoreError` of `socketpair`.
  public static func pair() throws -> (UnixDatagram, UnixDatagram) {
    let pair = try UnixSocket.makePair(.datagram)
    return try pair.adopt { socket throws(CoreError) in try UnixDatagram(unbound: socket) }
  }

  /// Names the one peer that ``send(_:passing:to:)`` sends to unless told, and that this socket
  /// receives from.
  ///
  /// Does not park.
  ///
  /// - Throws: `CoreError` of `connect` with the address: ENOENT, ECONNREFUSED; `ResourceClosed`.
  public func connect(to address: UnixAddress) throws {
    try descriptor.withDescriptor { socket throws(CoreError) in
      try UnixSocket.connect(socket, to: address)
    }
  }

  /// Sends one message, which may be empty, waiting until its receiver has room.
  ///
  /// Parks. The kernel announces room only to connected sockets; others try again after 1 to 50
  /// milliseconds, and see a ``close()`` only then. With an address several may wait at a time.
  ///
  /// - Parameters:
  ///   - bytes: the message.
  ///   - descriptors: open ones to pass along, with at least one byte; they stay the caller's.
  ///   - address: where to; nil for the connected peer.
  /// - Throws: `CoreError` of `sendmsg`: ECONNREFUSED, ENOENT, ENOTCONN without an address or a
  ///   peer, EMSGSIZE; `Cancelled`; `ResourceClosed`; `ResourceBusy` while somebody else waits to
  ///   send to the connected peer. Nothing was sent then.
  public func send(
    _ bytes: [UInt8], passing descriptors: [Int32] = [], to address: UnixAddress? = nil
  ) throws {
    let send = { (socket: borrowing Fd) throws(CoreError) -> WriteOutcome in
      try UnixSocket.send(bytes, passing: descriptors, to: address, through: socket)
    }
    if address == nil { return _ = try descriptor.writeLoop(send) }
    try GreenThread.checkCancellation()
    var pause = GrowingPause(from: .milliseconds(1), to: .milliseconds(50))
    while case .wouldBlock = try descriptor.withDescriptor(send) {
      try pause.park(for: ParkReason("for room at a Unix socket's receiver"))
    }
    descriptor.noteWritten(bytes.count)
  }

  /// Receives one message into `buffer` from its start, waiting for one.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - buffer: for the message; what does not fit is lost, and the result says so.
  ///   - limit: how many descriptors are wanted at most; those beyond are closed.
  /// - Returns: the message, of which `.bytes(0)` is an empty one, and its sender.
  /// - Throws: `CoreError` of `recvmsg`; `Cancelled`; `ResourceClosed`; `ResourceBusy`.
  public func receive(
    into buffer: inout [UInt8], descriptors limit: Int = 0
  ) throws -> UnixSocket.Message {
    try descriptor.receiveMessage(into: &buffer, descriptors: limit)
  }

  /// Ends the socket and removes its file; who is parked on it gets `ResourceClosed`.
  ///
  /// Again: no effect.
  public func close() {
    if !descriptor.isClosed { _ = try? file?.remove() }
    descriptor.close()
  }

  /// Lends the socket for a call that does not wait; see ``OpenSocket``.
  public func withSocket<Value: ~Copyable>(
    _ call: (borrowing Fd) throws(CoreError) -> Value
  ) throws -> Value {
    try descriptor.withDescriptor(call)
  }
}

@available(*, unavailable, message: "a socket stays on its scheduler's OS thread")
extension UnixDatagram: Sendable {}
