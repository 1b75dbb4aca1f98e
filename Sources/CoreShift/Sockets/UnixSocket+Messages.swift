extension UnixSocket {
  /// The most descriptors that one message can pass; the kernel's `SCM_MAX_FD`.
  public static var mostDescriptors: Int { 253 }

  /// What one receive gave: bytes, and what came along with them.
  public struct Message: ~Copyable, Sendable {
    /// How many bytes lie in the buffer now; an empty datagram is `.bytes(0)`.
    public let outcome: ReadOutcome
    /// Where it came from: the name of the sender, or of the other side of a connection;
    /// ``UnixAddress/Kind/unnamed`` for one that was not bound.
    public let sender: UnixAddress
    /// Whether the message did not fit in the buffer; the rest of it is lost.
    public let isTruncated: Bool
    /// Whether more descriptors were passed than were wanted, or than this process may open
    /// (`RLIMIT_NOFILE`); those are closed.
    public let hasLostDescriptors: Bool
    /// The descriptors that were passed; those that are not taken close with this.
    public var descriptors: PassedDescriptors

    init(
      _ outcome: ReadOutcome, sender: UnixAddress = .autobind, isTruncated: Bool = false,
      hasLostDescriptors: Bool = false,
      descriptors: consuming PassedDescriptors = PassedDescriptors(owning: [])
    ) {
      self.outcome = outcome
      self.sender = sender
      self.isTruncated = isTruncated
      self.hasLostDescriptors = hasLostDescriptors
      self.descriptors = descriptors
    }
  }

  /// Receives bytes or one message into `buffer` from its start, with the descriptors that were
  /// passed along; `recvmsg`, which never waits.
  ///
  /// A stream gives no more than what was sent with one lot of descriptors: fewer bytes than fit do
  /// not mean that no more are there. New descriptors are close-on-exec, and blocking or not as
  /// their sender had them.
  ///
  /// - Parameters:
  ///   - buffer: where the bytes go.
  ///   - limit: how many descriptors are wanted at most; those beyond are closed.
  ///   - socket: a Unix socket.
  /// - Returns: What came, if anything did: see ``Message/outcome``.
  /// - Throws: `CoreError` of `recvmsg`, such as ECONNRESET.
  public static func receive(
    _ buffer: UnsafeMutableRawBufferPointer, descriptors limit: Int = mostDescriptors,
    from socket: borrowing Fd
  ) throws(CoreError) -> Message {
    // SAFETY: the buffer is the caller's, and outlives the call.
    try unsafe Message(receivedFrom: socket.rawValue, into: buffer, descriptors: limit)
  }

  /// Receives into `buffer` from its start; the bytes behind stay as they were.
  public static func receive(
    _ buffer: inout [UInt8], descriptors limit: Int = mostDescriptors,
    from socket: borrowing Fd
  ) throws(CoreError) -> Message {
    var span = buffer.mutableSpan
    return try unsafe span.withUnsafeMutableBytes { bytes throws(CoreError) in
      try unsafe receive(bytes, descriptors: limit, from: socket)
    }
  }

  /// Sends what there is room for, or one whole message, and passes copies of descriptors along
  /// with its first byte; `sendmsg(MSG_NOSIGNAL)`, which never waits.
  ///
  /// Would-block means that nothing was passed. A datagram whose receiver's queue is full is
  /// would-block, too, and no readiness tells when there is room, unless the socket is connected.
  ///
  /// - Parameters:
  ///   - bytes: what to send. None at all is EINVAL if descriptors are passed: a stream would lose
  ///     them.
  ///   - descriptors: open descriptors, which stay the caller's; more than ``mostDescriptors`` are
  ///     EINVAL.
  ///   - address: for datagrams, where to; nil for the connected peer.
  ///   - socket: a Unix socket.
  /// - Returns: How many bytes were taken; of a message always all.
  /// - Throws: `CoreError` of `sendmsg`, such as EPIPE, ECONNREFUSED, EMSGSIZE, EBADF for a
  ///   descriptor that is not open; ETOOMANYREFS when too many are on their way.
  public static func send(
    _ bytes: UnsafeRawBufferPointer, passing descriptors: [Int32] = [],
    to address: UnixAddress? = nil, through socket: borrowing Fd
  ) throws(CoreError) -> WriteOutcome {
    let number = socket.rawValue
    guard descriptors.count <= mostDescriptors, descriptors.isEmpty || bytes.count > 0 else {
      throw CoreError(
        operation: "sendmsg", code: .invalidArgument, subject: .argument("descriptors"))
    }
    // SAFETY: the buffer is the caller's, and outlives the call.
    let result = unsafe SystemCall.send(number, bytes, passing: descriptors, to: address)
    return try WriteOutcome(
      result: result, "sendmsg",
      on: address.map { .address($0.description) } ?? .descriptor(number))
  }

  /// Sends from the start of `bytes`; see ``send(_:passing:to:through:)``.
  public static func send(
    _ bytes: [UInt8], passing descriptors: [Int32] = [], to address: UnixAddress? = nil,
    through socket: borrowing Fd
  ) throws(CoreError) -> WriteOutcome {
    // SAFETY: `bytes` of a span is unsafe for types with padding, which UInt8 has not.
    try unsafe bytes.span.bytes.withUnsafeBytes { buffer throws(CoreError) in
      try unsafe send(buffer, passing: descriptors, to: address, through: socket)
    }
  }
}
