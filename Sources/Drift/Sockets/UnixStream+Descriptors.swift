public import CoreShift
internal import GreenThreads

// Open descriptors that travel with bytes. A message is what was sent with one lot of them: the
// kernel never joins two lots in one receive.

extension UnixStream {
  /// Writes all of `bytes`, and passes copies of open descriptors along with the first byte.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - bytes: at least one, if descriptors are passed.
  ///   - descriptors: their numbers; they stay the caller's. At most 253.
  /// - Throws: `CoreError` of `sendmsg`: EINVAL for too many descriptors or no byte, EBADF for one
  ///   that is not open, ETOOMANYREFS, EPIPE; `Cancelled`; `ResourceClosed`; `ResourceBusy`. The
  ///   descriptors have been passed then, or not.
  public func write(_ bytes: [UInt8], passing descriptors: [Int32]) throws {
    let count = try descriptor.writeLoop { socket throws(CoreError) in
      try UnixSocket.send(bytes, passing: descriptors, through: socket)
    }
    if count < bytes.count { try write(bytes[count...]) }
  }

  /// Reads what is there into `buffer` from its start, with the descriptors that were passed along
  /// with it, waiting until there is something.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - buffer: for the bytes; the others stay as they were.
  ///   - limit: how many descriptors are wanted at most; those beyond are closed, and the message
  ///     says so.
  /// - Returns: bytes or the end, and the descriptors, close-on-exec; those that are not taken
  ///   close with it.
  /// - Throws: `CoreError` of `recvmsg`; `Cancelled`; `ResourceClosed`; `ResourceBusy`.
  public func receive(
    into buffer: inout [UInt8], descriptors limit: Int = UnixSocket.mostDescriptors
  ) throws -> UnixSocket.Message {
    try descriptor.receiveMessage(into: &buffer, descriptors: limit)
  }
}

extension Descriptor {
  /// Receives by `recvmsg`, waiting until there is something.
  func receiveMessage(
    into buffer: inout [UInt8], descriptors limit: Int
  ) throws -> UnixSocket.Message {
    let message = try receiveLoop { socket throws(CoreError) -> UnixSocket.Message? in
      let message = try UnixSocket.receive(&buffer, descriptors: limit, from: socket)
      if message.outcome == .wouldBlock { return nil }
      return message
    }
    if case .bytes(let count) = message.outcome { noteRead(count) }
    return message
  }
}
