public import CoreShift
internal import GreenThreads

/// A descriptor that this program was started with, such as standard input, without harm to others.
///
/// `O_NONBLOCK` sits on the open file, which other programs share, so it is never set here:
/// - A pipe or a terminal is opened anew through `/proc/self/fd`, and reading and writing park.
/// - A socket is used as it is, by calls that do not wait (`MSG_DONTWAIT`), and they park.
/// - What cannot be opened anew (another user's terminal or pipe) is used once it is ready, in
///   small pieces. A call blocks the OS thread only where somebody else reads or writes the same
///   thing between the two.
/// - What is always ready (a file) may wait for the disk.
///
/// The descriptor itself stays open: it is the program's, and others may use it. So the other side
/// of a pipe sees the end only when the program ends.
public final class InheritedStream: DuplexStream {
  private enum Way { case parking, socket, blocking }

  private let way: Way
  /// The number that was inherited.
  private let number: Int32
  /// The pipe or terminal that was opened anew; else what waits for the number, from the first
  /// wait on.
  private var descriptor: Descriptor?
  private var bytesThisTurn = 0
  /// The loop of which all green threads share this one; nil for one that somebody has made.
  @safe @exclusivity(unchecked) var home: ReactorEvents?
  /// Whether ``close()`` has been called.
  public private(set) var isClosed = false

  /// Stands for descriptor `number`, 0, 1 or 2 as a rule, for one direction.
  ///
  /// Does not park. What is not open is found out at the first read or write, which is `CoreError`
  /// with EBADF.
  public init(_ number: Int32, for access: Fd.Access) throws {
    self.number = number
    switch try? Fd.kind(of: number) {
    case .pipe?, .characterDevice?:
      if let reopened = try? Fd(reopening: number, for: access),
        let parking = try? Descriptor(adopting: reopened)
      {
        descriptor = parking
        way = .parking
      } else {
        way = .blocking
      }
    case .socket?: way = .socket
    default: way = .blocking
    }
  }

  /// Reads what is there into `buffer` from its start, waiting until there is something.
  ///
  /// Parks where it can.
  ///
  /// - Throws: `CoreError` of `read`, such as EBADF where the program was started without it, or
  ///   EIO of a terminal's background job; `Cancelled`, `ResourceClosed`, `ResourceBusy`.
  public func read(into buffer: inout MutableRawSpan) throws -> Int {
    if buffer.byteCount == 0 { return 0 }
    if way == .parking, let descriptor { return try descriptor.read(into: &buffer) }
    while true {
      try begin()
      try descriptor?.requireNoReader()
      // SAFETY: the memory is lent for the length of the call.
      switch try unsafe buffer.withUnsafeMutableBytes({ try unsafe readNow(into: $0) }) {
      case .bytes(let count):
        letOthersRun(after: count)
        return count
      case .end: return 0
      case .wouldBlock: try watch().waitForMoreToRead()
      }
    }
  }

  /// Takes as many of `bytes` as there is room for, at least one, waiting until there is.
  ///
  /// Parks where it can.
  ///
  /// - Throws: `CoreError` of `write`: EPIPE where nobody reads any more, ENOSPC on a full disk,
  ///   EBADF; `Cancelled`, `ResourceClosed`, `ResourceBusy`.
  public func writeSome(_ bytes: RawSpan) throws -> Int {
    if bytes.byteCount == 0 { return 0 }
    if way == .parking, let descriptor { return try descriptor.writeSome(bytes) }
    while true {
      try begin()
      try descriptor?.requireNoWriter()
      switch try unsafe bytes.withUnsafeBytes({ try unsafe writeNow($0) }) {
      case .bytes(let count):
        letOthersRun(after: count)
        return count
      case .wouldBlock: try watch().waitForRoomToWrite()
      }
    }
  }

  /// Cannot be: the other side sees the end only when the program and all who share the
  /// descriptor have ended.
  ///
  /// - Throws: `CoreError` with EOPNOTSUPP; `ResourceClosed`.
  public func shutdownWrite() throws {
    if isClosed { throw closedError }
    throw CoreError(operation: "shutdown", code: .notSupported, subject: .descriptor(number))
  }

  /// Ends this stream, and leaves the descriptor open; who is parked gets `ResourceClosed`.
  ///
  /// Again: no effect. Does not park. One of the standard streams, which all of a `run` share, is
  /// closed by the loop, when its turn comes, if this is another OS thread.
  public func close() {
    if let home, !home.isHere {
      // SAFETY: used by the errand alone, on the loop's OS thread, whose it has been all the while.
      nonisolated(unsafe) let stream = self
      if home.handOver({ _ in unsafe stream.close() }) { return }
    }
    isClosed = true
    descriptor?.close()
  }

  // MARK: - Without a descriptor of its own

  private var closedError: ResourceClosed { ResourceClosed("descriptor \(number) as a stream") }

  private func begin() throws {
    try GreenThread.checkCancellation()
    home?.requireHere(for: "using a standard stream")
    if isClosed { throw closedError }
  }

  private func readNow(into buffer: UnsafeMutableRawBufferPointer) throws -> ReadOutcome {
    try Fd.borrowing(number) { file throws(CoreError) in
      if way == .socket { return try unsafe Socket.receive(buffer, from: file) }
      return try unsafe file.isReadable ? file.read(into: buffer) : .wouldBlock
    }
  }

  private func writeNow(_ bytes: UnsafeRawBufferPointer) throws -> WriteOutcome {
    // What is ready has room for so much, and so the call does not wait.
    let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes.prefix(4096))
    return try Fd.borrowing(number) { file throws(CoreError) in
      if way == .socket { return try unsafe Socket.send(bytes, to: file) }
      return try unsafe file.isWritable ? file.write(piece) : .wouldBlock
    }
  }

  private func watch() throws -> Descriptor {
    if let descriptor { return descriptor }
    let made = try Descriptor(watching: number)
    descriptor = made
    return made
  }

  private func letOthersRun(after count: Int) {
    bytesThisTurn += max(count, 1 << 10)
    if bytesThisTurn >= 64 << 10 {
      bytesThisTurn = 0
      GreenThread.yield()
    }
  }
}

extension InheritedStream: DescriptorStream {
  var streamDescriptor: Descriptor? { way == .parking ? descriptor : nil }
}

@available(*, unavailable, message: "a stream stays on its scheduler's OS thread")
extension InheritedStream: Sendable {}
