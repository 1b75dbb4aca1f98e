public import CoreShift
internal import GreenThreads

/// A connection over a Unix socket that keeps the borders of messages (`SOCK_SEQPACKET`).
///
/// One green thread may receive and one may send at a time; another one may ``close()`` it
/// meanwhile. Letting go of it closes it.
public final class UnixPacketSocket: Connection, OpenSocket {
  let descriptor: Descriptor

  init(accepted socket: consuming Fd) {
    descriptor = Descriptor(adoptingUnregistered: socket)
  }

  init(connected socket: consuming Fd) throws(CoreError) {
    descriptor = try Descriptor(adopting: socket, shortRead: .meansNothing)
  }

  /// Connects to a ``UnixPacketListener``; see ``UnixStream/init(connect:)-(UnixAddress)``.
  ///
  /// Parks.
  ///
  /// - Throws: also `CoreError` with EPROTOTYPE, where somebody listens for streams.
  public convenience init(connect address: UnixAddress) throws {
    try self.init(connected: UnixSocket.connectWaiting(to: address, as: .sequencedPacket))
  }

  /// Both ends of a connection without a name.
  ///
  /// Does not park.
  ///
  /// - Throws: `CoreError` of `socketpair`.
  public static func pair() throws -> (UnixPacketSocket, UnixPacketSocket) {
    let pair = try UnixSocket.makePair(.sequencedPacket)
    return try pair.adopt { socket throws(CoreError) in try UnixPacketSocket(connected: socket) }
  }

  /// Who connected, listened or made the pair, as the kernel noted it then.
  public var peerCredentials: PeerCredentials {
    get throws { try descriptor.withDescriptor(UnixSocket.peerCredentials) }
  }

  /// Sends one message, waiting until there is room for all of it.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - bytes: at least one: the other side cannot tell an empty message from the end.
  ///   - descriptors: open ones to pass along; they stay the caller's. At most 253.
  /// - Throws: `CoreError` of `sendmsg`: EINVAL for an empty message, EMSGSIZE for one that never
  ///   has room, EPIPE; `Cancelled`; `ResourceClosed`; `ResourceBusy`. Nothing was sent then.
  public func send(_ bytes: [UInt8], passing descriptors: [Int32] = []) throws {
    if bytes.isEmpty {
      throw CoreError(operation: "sendmsg", code: .invalidArgument, subject: .argument("bytes"))
    }
    _ = try descriptor.writeLoop { socket throws(CoreError) in
      try UnixSocket.send(bytes, passing: descriptors, through: socket)
    }
  }

  /// Receives one message into `buffer` from its start, waiting for one.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - buffer: for the message; what does not fit is lost, and the result says so.
  ///   - limit: how many descriptors are wanted at most; those beyond are closed.
  /// - Returns: the message, or the end.
  /// - Throws: `CoreError` of `recvmsg`; `Cancelled`; `ResourceClosed`; `ResourceBusy`.
  public func receive(
    into buffer: inout [UInt8], descriptors limit: Int = 0
  ) throws -> UnixSocket.Message {
    try descriptor.receiveMessage(into: &buffer, descriptors: limit)
  }

  /// Ends this side's sending: the other side receives everything and then the end.
  ///
  /// Again: no effect. Does not park.
  ///
  /// - Throws: `ResourceClosed`.
  public func shutdownWrite() throws {
    try descriptor.shutdownWrite()
  }

  /// Ends the connection; who is parked on it gets `ResourceClosed`.
  ///
  /// Again: no effect.
  public func close() { descriptor.close() }

  /// Lends the socket for a call that does not wait; see ``OpenSocket``.
  public func withSocket<Value: ~Copyable>(
    _ call: (borrowing Fd) throws(CoreError) -> Value
  ) throws -> Value {
    try descriptor.withDescriptor(call)
  }
}

@available(*, unavailable, message: "a socket stays on its scheduler's OS thread")
extension UnixPacketSocket: Sendable {}
