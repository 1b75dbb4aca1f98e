extension Fd {
  /// How many bytes a pipe holds before a write would wait: `F_GETPIPE_SZ`, 64 KiB as it is made.
  ///
  /// - Throws: `CoreError` of `fcntl_getpipe_sz`: ``ErrorCode/badDescriptor`` when this is no pipe.
  public var pipeCapacity: Int {
    get throws(CoreError) {
      Int(
        try check(SystemCall.pipeCapacity(rawValue), "fcntl_getpipe_sz", .descriptor(rawValue)))
    }
  }

  /// Has a pipe hold more, or fewer, bytes: `F_SETPIPE_SZ`, which rounds up to a power of two of
  /// pages.
  ///
  /// A pipe has memory only for what is in it. Without privileges one has at most
  /// `/proc/sys/fs/pipe-max-size`, 1 MiB where nobody has changed that, and all of a user's
  /// together `pipe-user-pages-soft`.
  ///
  /// - Parameter byteCount: from 1 to 2 GiB.
  /// - Returns: what it is then.
  /// - Throws: `CoreError` of `fcntl_setpipe_sz`: ``ErrorCode/badDescriptor`` when this is no pipe,
  ///   ``ErrorCode/notPermitted`` beyond those limits, ``ErrorCode/busy`` when more than that is in
  ///   it, ``ErrorCode/invalidArgument`` for what is no size.
  @discardableResult
  public borrowing func setPipeCapacity(_ byteCount: Int) throws(CoreError) -> Int {
    // The kernel makes a page of 0, and knows nothing above.
    guard (1...1 << 31).contains(byteCount) else {
      throw CoreError(
        operation: "fcntl_setpipe_sz", code: .invalidArgument, subject: .descriptor(rawValue))
    }
    let count = Int32(clamping: byteCount)
    return Int(
      try check(
        SystemCall.setPipeCapacity(rawValue, count), "fcntl_setpipe_sz", .descriptor(rawValue)))
  }
}
