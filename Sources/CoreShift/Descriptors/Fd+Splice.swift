extension Fd {
  /// Moves what is there on to `target`, inside of the kernel: `splice(2)`, which never waits.
  ///
  /// One of the two must be a pipe; both should be non-blocking. Would-block has two reasons:
  /// nothing to read, or no room; ``isReadable`` and ``isWritable`` tell which it was. Where nobody
  /// is left to read this is `EPIPE`, never `SIGPIPE`, at the price of three more system calls.
  ///
  /// - Parameters:
  ///   - target: where the bytes go.
  ///   - byteLimit: how many at most; none is `.bytes(0)`, without a system call.
  /// - Returns: what has moved.
  /// - Throws: `CoreError` of `splice`, with the target where nobody reads it, else with this:
  ///   ``ErrorCode/invalidArgument`` when neither is a pipe, both
  ///   are the same pipe, or the kernel cannot do it for this kind of file.
  public borrowing func splice(
    to target: borrowing Fd, upTo byteLimit: Int
  ) throws(CoreError) -> ReadOutcome {
    guard byteLimit > 0 else { return .bytes(0) }
    let result = SystemCall.splice(rawValue, to: target.rawValue, upTo: byteLimit)
    let isTargets = result == -Int(ErrorCode.brokenPipe.rawValue)
    return try ReadOutcome(
      result: result, "splice", isTargets ? target.rawValue : rawValue)
  }

  /// Sends what this file has from `offset` on to `target`, inside of the kernel: `sendfile(2)`,
  /// which may wait for the disk.
  ///
  /// The file's own position stays. Would-block means that a non-blocking target has no room. Where
  /// nobody is left to read this is `EPIPE`, never `SIGPIPE`, at the price of three more system
  /// calls.
  ///
  /// - Parameters:
  ///   - offset: where in the file to begin.
  ///   - target: a socket or a pipe.
  ///   - byteLimit: how many at most; none is `.bytes(0)`, without a system call.
  /// - Returns: what has moved.
  /// - Throws: `CoreError` of `sendfile`, with this or, when the connection is at fault, with the
  ///   target: ``ErrorCode/invalidArgument`` when the kernel cannot do
  ///   it for this kind of file.
  public borrowing func sendFile(
    at offset: Int64, to target: borrowing Fd, upTo byteLimit: Int
  ) throws(CoreError) -> ReadOutcome {
    guard byteLimit > 0 else { return .bytes(0) }
    let result = SystemCall.sendFile(
      rawValue, at: offset, to: target.rawValue, upTo: byteLimit)
    let isFiles = [.inputOutput, .invalidArgument, .overflow, .outOfMemory].contains {
      (code: ErrorCode) in result == -Int(code.rawValue)
    }
    return try ReadOutcome(
      result: result, "sendfile", isFiles ? rawValue : target.rawValue)
  }

  /// Whether a read would not wait: there is something, or the end, or an error; `poll(2)`.
  public var isReadable: Bool {
    get throws(CoreError) {
      try readiness(for: .reading) == .reading
    }
  }

  /// Whether a write would not wait: there is room, or an error; `poll(2)`.
  public var isWritable: Bool {
    get throws(CoreError) {
      try readiness(for: .writing) == .writing
    }
  }
}
