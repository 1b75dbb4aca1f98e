extension Socket {
  /// Sends the pieces, one behind the other, as far as there is room, by one
  /// `sendmsg(MSG_NOSIGNAL)`, which never waits.
  ///
  /// Of more than 1,024 pieces the rest is left for another call, as in any partial send. Nothing
  /// at all is `.bytes(0)`, without a system call.
  public static func send(
    gathering pieces: [UnsafeRawBufferPointer], to socket: borrowing Fd
  ) throws(CoreError) -> WriteOutcome {
    guard let result = unsafe SystemCall.send(socket.rawValue, gathering: pieces) else {
      return .bytes(0)
    }
    return try WriteOutcome(result: result, "sendmsg", socket.rawValue)
  }

  /// Sends two pieces of a message by one system call, such as a header and its body.
  public static func send(
    _ first: RawSpan, then second: RawSpan, to socket: borrowing Fd
  ) throws(CoreError) -> WriteOutcome {
    try unsafe first.withUnsafeBytes { first throws(CoreError) in
      try unsafe second.withUnsafeBytes { second throws(CoreError) in
        // SAFETY: both are lent for the length of this call.
        try unsafe send(gathering: [first, second], to: socket)
      }
    }
  }
}
