public import CoreShift
internal import GreenThreads

/// A file with contents, whose reads and writes never stop the scheduler.
///
/// What the kernel has in memory is read at once; all else waits for a disk and is done by the
/// pool of OS threads (see ``offload(_:whenFull:whenCancelled:_:)``) while the green thread is
/// parked. A cancelled read leaves at once; a cancelled write waits for its end, so that afterwards
/// nothing is written any more.
///
/// As a stream it has one ``position``, and one green thread at a time may move along it: a second
/// is `ResourceBusy`. Calls that name an offset go beside each other. For FIFOs and terminals there
/// are ``PipeReader``, ``PipeWriter`` and ``Descriptor``; here they are ``NotSeekable``.
public final class File {
  /// Nil once closed.
  private var open: OpenFile?
  /// Where the next read or write begins; of a file opened for appending, the next read.
  public internal(set) var position: Int64 = 0
  let appends: Bool
  private var isMoving = false
  private var readsCached = true
  private var writesCached = true
  private var bytesThisTurn = 0

  /// After so many bytes without a park, others run first.
  private static let bytesPerTurn = 64 << 10
  /// What one call gets at most: through the pool it needs memory of its own, and nobody else runs
  /// while the kernel copies.
  private static let mostPerCall = 1 << 20

  /// Opens a file, always close-on-exec.
  ///
  /// Parks. A deadline ends it, unless a file might be made or truncated: then a cancelled caller
  /// sees the end. A FIFO's other end is not waited for.
  ///
  /// - Parameters:
  ///   - path: begins at the working directory, unless it is absolute.
  ///   - access: what for.
  ///   - options: what to do about what is there, or not there.
  ///   - permissions: of a file that is made.
  /// - Throws: `CoreError`, such as ENOENT, EACCES, EMFILE, or ELOOP for a link with
  ///   ``/CoreShift/Fd/OpenOptions/noFollow``; EINVAL for truncating without writing, or for exact
  ///   permissions without ``/CoreShift/Fd/OpenOptions/createNew``; ``NotSeekable`` for a FIFO, or
  ///   a terminal; `Cancelled`.
  public init(
    opening path: RawString, for access: Fd.Access = .reading, _ options: Fd.OpenOptions = [],
    permissions: FilePermissions = .lessUmask(0o666)
  ) throws {
    appends = options.contains(.append)
    if options.isDisjoint(with: [.create, .createNew, .truncate]) {
      open = try readingDisk("open \(path)") {
        try OpenFile(permissions.open(path, for: access, options))
      }
    } else {
      open = try changingDisk("open \(path)") {
        try OpenFile(permissions.open(path, for: access, options))
      }
    }
  }

  init(_ file: OpenFile) {
    appends = false
    open = file
  }

  /// Whether ``close()`` has been called.
  public var isClosed: Bool { open == nil }

  /// What the calls of this class are made on, for a worker to keep.
  func current() throws -> OpenFile {
    guard let open else { throw ResourceClosed("a file") }
    return open
  }

  // MARK: - At an offset

  /// Reads up to the size of `buffer` from `offset` on; 0 at the end, and beyond.
  ///
  /// Parks where the disk must be asked.
  ///
  /// Fewer bytes than asked for say nothing.
  ///
  /// - Throws: `CoreError` of `pread`; `Cancelled`; `ResourceClosed`.
  public func read(into buffer: inout MutableRawSpan, at offset: Int64) throws -> Int {
    if buffer.byteCount == 0 { return 0 }
    try GreenThread.checkCancellation()
    let file = try current()
    if let count = try readNow(file, into: &buffer, at: offset) {
      letOthersRun(after: count)
      return count
    }
    bytesThisTurn = 0
    let capacity = min(buffer.byteCount, Self.mostPerCall)
    let bytes = try readingDisk("read") { try file.bytes(upTo: capacity, at: offset) }
    // Somebody else may have closed it meanwhile.
    _ = try current()
    // SAFETY: no more than `capacity` bytes, which the span has room for.
    unsafe buffer.withUnsafeMutableBytes { unsafe $0.copyBytes(from: bytes) }
    return bytes.count
  }

  /// Nil where only a worker can do it.
  private func readNow(
    _ file: OpenFile, into buffer: inout MutableRawSpan, at offset: Int64
  ) throws(CoreError) -> Int? {
    guard readsCached else { return nil }
    do {
      let outcome = try unsafe buffer.withUnsafeMutableBytes { bytes throws(CoreError) in
        try file.lend { descriptor throws(CoreError) in
          let first = unsafe UnsafeMutableRawBufferPointer(
            rebasing: bytes.prefix(Self.mostPerCall))
          return try unsafe descriptor.readCached(into: first, at: offset)
        }
      }
      return switch outcome {
      case .bytes(let count): count
      case .end: 0
      case .wouldBlock: nil
      }
    } catch {
      guard error.code == .notSupported else { throw error }
      readsCached = false
      return nil
    }
  }

  /// Writes some of `bytes` from `offset` on, at least one; a file opened for appending is appended
  /// to.
  ///
  /// Parks, unless the file system can say that it need not wait.
  ///
  /// - Returns: how many; 0 only for none.
  /// - Throws: `CoreError` of `pwrite`, such as ENOSPC; `Cancelled`, and then nothing was taken;
  ///   `ResourceClosed`.
  public func writeSome(_ bytes: RawSpan, at offset: Int64) throws -> Int {
    if bytes.byteCount == 0 { return 0 }
    try GreenThread.checkCancellation()
    let file = try current()
    if let count = try writeNow(file, bytes, at: offset) {
      letOthersRun(after: count)
      return count
    }
    bytesThisTurn = 0
    return try unsafe bytes.withUnsafeBytes { buffer in
      // SAFETY: a change waits for its end, so that the bytes are there as long as the worker is.
      nonisolated(unsafe) let buffer = unsafe buffer
      return try changingDisk("write") {
        try file.lend { descriptor throws(CoreError) in
          guard case .bytes(let count) = try unsafe descriptor.write(buffer, at: offset) else {
            // Only a device that somebody has made non-blocking.
            throw CoreError(operation: "pwrite", code: .wouldBlock)
          }
          return count
        }
      }
    }
  }

  /// Nil where only a worker can do it.
  private func writeNow(
    _ file: OpenFile, _ bytes: RawSpan, at offset: Int64
  ) throws(CoreError) -> Int? {
    guard writesCached else { return nil }
    do {
      let outcome = try unsafe bytes.withUnsafeBytes { buffer throws(CoreError) in
        try file.lend { descriptor throws(CoreError) in
          let first = unsafe UnsafeRawBufferPointer(rebasing: buffer.prefix(Self.mostPerCall))
          return try unsafe descriptor.writeCached(first, at: offset)
        }
      }
      if case .bytes(let count) = outcome { return count }
      return nil
    } catch {
      guard error.code == .notSupported else { throw error }
      writesCached = false
      return nil
    }
  }

  private func letOthersRun(after count: Int) {
    bytesThisTurn += max(count, 1 << 10)
    if bytesThisTurn >= Self.bytesPerTurn {
      bytesThisTurn = 0
      GreenThread.yield()
    }
  }

  // MARK: - Position and end

  /// Moves the position; to before the file's beginning is EINVAL.
  ///
  /// Parks where it counts from the end, for a look at the size.
  ///
  /// - Returns: the new position.
  @discardableResult
  public func seek(to offset: Int64, from origin: SeekOrigin = .start) throws -> Int64 {
    try moving {
      let start: Int64
      switch origin {
      case .start: start = 0
      case .current: start = position
      case .end: start = try status().size
      }
      let (target, overflow) = start.addingReportingOverflow(offset)
      if overflow || target < 0 {
        throw CoreError(operation: "seek", code: .invalidArgument, subject: .argument("offset"))
      }
      position = target
      return target
    }
  }

  /// Runs `body` while nobody else moves along the file.
  func moving<Value>(_ body: () throws -> Value) throws -> Value {
    _ = try current()
    if isMoving { throw ResourceBusy("the position in a file", holder: "another green thread") }
    isMoving = true
    defer { isMoving = false }
    return try body()
  }

  /// Closes it, and throws what the kernel still had to say, such as EIO or ENOSPC of a write that
  /// it had only taken into memory.
  ///
  /// Parks, also in a cancelled scope. It is closed also when this throws. Says nothing about the
  /// disk: that is ``synchronize(_:)``.
  ///
  /// - Throws: `CoreError` of `close`; `ResourceClosed` when it was closed before.
  public func closeReportingErrors() throws {
    var file = try current()
    open = nil
    // A worker that still uses the number keeps it open; the last of them closes it.
    let isLast = isKnownUniquelyReferenced(&file)
    try cleaningDisk("close") { [file] in
      if isLast { try file.close() } else { try file.flush() }
    }
  }
}

extension File: DuplexStream {
  /// Reads from the ``position`` on and moves it; 0 at the end.
  ///
  /// Parks where the disk must be asked.
  ///
  /// - Throws: as ``read(into:at:)``; `ResourceBusy` while another green thread moves along it.
  public func read(into buffer: inout MutableRawSpan) throws -> Int {
    if buffer.byteCount == 0 { return 0 }
    return try moving {
      let count = try read(into: &buffer, at: position)
      position += Int64(count)
      return count
    }
  }

  /// Writes some of `bytes` at the ``position`` and moves it; when appending, at the end.
  ///
  /// Parks, unless the file system can say that it need not wait.
  ///
  /// - Throws: as ``writeSome(_:at:)``; `ResourceBusy` while another green thread moves along it.
  public func writeSome(_ bytes: RawSpan) throws -> Int {
    if bytes.byteCount == 0 { return 0 }
    return try moving {
      let count = try writeSome(bytes, at: position)
      if !appends { position += Int64(count) }
      return count
    }
  }

  /// Does nothing: a file has no other side.
  public func shutdownWrite() throws {
    _ = try current()
  }

  /// Closes it; whoever is parked on it gets `ResourceClosed` in its turn.
  ///
  /// Neither parks nor throws. What a worker still does with it ends first. See
  /// ``closeReportingErrors()``.
  public func close() {
    open = nil
  }
}

@available(*, unavailable, message: "a file stays on its scheduler's OS thread")
extension File: Sendable {}
