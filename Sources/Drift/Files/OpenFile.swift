internal import CoreShift
internal import Synchronization

/// An open file that a worker may still use when its ``File`` is closed: the last closes it.
final class OpenFile: Sendable {
  private let number: Int32
  private let isClosed = Atomic(false)

  /// Takes over an open descriptor.
  ///
  /// - Throws: ``CoreShift/ErrorCode/illegalSeek`` for what has no position; it is closed then.
  init(_ descriptor: consuming Fd) throws(CoreError) {
    try descriptor.seek(to: 0, from: .current)
    number = descriptor.release()
  }

  deinit {
    if !isClosed.load(ordering: .relaxed) { _ = try? Fd(adopting: number) }
  }

  /// Lends the descriptor; not after ``close()``.
  func lend<Result>(
    _ body: (borrowing Fd) throws(CoreError) -> Result
  ) throws(CoreError) -> Result {
    try Fd.borrowing(number, body)
  }

  /// Throws what closing would, without closing: each close of a copy asks the file system.
  func flush() throws(CoreError) {
    try lend { descriptor throws(CoreError) in try descriptor.duplicate().close() }
  }

  /// Closes now, and throws what the kernel has to say; nobody else may have a reference.
  func close() throws(CoreError) {
    isClosed.store(true, ordering: .relaxed)
    try Fd(adopting: number).close()
  }

  /// Reads up to `count` bytes into memory of its own, and waits for the disk.
  func bytes(upTo count: Int, at offset: Int64) throws(CoreError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    let outcome = try unsafe span.withUnsafeMutableBytes { buffer throws(CoreError) in
      try lend { descriptor throws(CoreError) in
        try unsafe descriptor.read(into: buffer, at: offset)
      }
    }
    switch outcome {
    case .bytes(let read): bytes.removeLast(count - read)
    case .end: bytes = []
    case .wouldBlock: throw CoreError(operation: "pread", code: .wouldBlock)
    }
    return bytes
  }

  /// Writes all of `bytes` from `offset` on, and waits for the disk.
  func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(CoreError) {
    var rest = bytes
    var place = offset
    while !rest.isEmpty {
      // SAFETY: here and above, the memory is lent for the length of the call.
      let outcome = try unsafe rest.span.bytes.withUnsafeBytes { buffer throws(CoreError) in
        try lend { descriptor throws(CoreError) in
          try unsafe descriptor.write(buffer, at: place)
        }
      }
      guard case .bytes(let count) = outcome else {
        // Only a device that somebody has made non-blocking, as in reading.
        throw CoreError(operation: "pwrite", code: .wouldBlock)
      }
      rest = rest.dropFirst(count)
      place += Int64(count)
    }
  }
}
