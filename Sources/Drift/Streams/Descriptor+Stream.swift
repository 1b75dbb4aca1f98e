internal import CoreShift

/// Any descriptor that can wait is a stream: what it is open for decides which half of it works.
extension Descriptor: DuplexStream {
  /// Reads what is there into `buffer` from its start, waiting until there is something.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `read`, `Cancelled`, `ResourceClosed`, `ResourceBusy`.
  public func read(into buffer: inout MutableRawSpan) throws -> Int {
    // SAFETY: here and below, the memory is lent for the length of the call.
    try unsafe buffer.withUnsafeMutableBytes { try unsafe read(into: $0) }
  }

  /// Takes as many of `bytes` as there is room for, at least one, waiting until there is.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `write`, such as EPIPE, `Cancelled`, `ResourceClosed`,
  ///   `ResourceBusy`.
  public func writeSome(_ bytes: RawSpan) throws -> Int {
    if bytes.byteCount == 0 { return 0 }
    return try writeLoop { descriptor throws(CoreError) in try descriptor.write(bytes) }
  }

  /// Takes as many of two pieces as there is room for, by one system call.
  ///
  /// Parks.
  public func writeSome(_ first: RawSpan, then second: RawSpan) throws -> Int {
    if first.byteCount == 0 && second.byteCount == 0 { return 0 }
    return try writeLoop { descriptor throws(CoreError) in
      try descriptor.write(first, then: second)
    }
  }

  /// Takes as many of the pieces as there is room for, up to 32 of them by one system call.
  ///
  /// Parks.
  public func writeSome(gathering pieces: [[UInt8]], behind taken: Int) throws -> Int {
    try unsafe withPieces(pieces, behind: taken) { pieces in
      if unsafe pieces.allSatisfy({ unsafe $0.isEmpty }) { return 0 }
      return try writeLoop { descriptor throws(CoreError) in
        try unsafe descriptor.write(gathering: pieces)
      }
    }
  }

  /// Ends this side's sending, on a socket; anything else has no end but ``close()``.
  ///
  /// Who is parked to write gets EPIPE. Again, or once the connection is over: no effect. Does not
  /// park.
  ///
  /// - Throws: `CoreError` of `shutdown`: ENOTSOCK for what is no socket; `ResourceClosed`.
  public func shutdownWrite() throws {
    do {
      try withDescriptor(Socket.shutdownWrite)
    } catch let error as CoreError where error.code == .notConnected {}
    // Of a Unix socket the kernel tells only who tries.
    wakeWriter()
  }
}
