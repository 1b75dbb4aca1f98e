internal import CoreShift
internal import GreenThreads

extension File {
  /// What is done where the kernel cannot copy from one file to another by itself.
  public enum CopyFallback: Hashable, Sendable {
    /// Its error is thrown: EXDEV, EOPNOTSUPP or EINVAL, before anything was copied.
    case none
    /// The bytes are read and written here.
    case readingAndWriting
  }

  /// How much was copied, and how.
  public struct Copied: Hashable, Sendable {
    /// How many bytes.
    public let byteCount: Int64
    /// Whether the kernel did it by itself, perhaps by sharing blocks.
    public let isInKernel: Bool
  }

  /// Copies the contents from `offset` on, to the end, into another file at `targetOffset`.
  ///
  /// Parks.
  ///
  /// `copy_file_range(2)`, 16 MiB at a time, with a look at cancellation in between. Positions
  /// stay, and what the target has behind the copy stays, too. Within one file, what it had at the
  /// beginning is copied.
  ///
  /// - Throws: `CoreError`, EINVAL within one file when the copy would lie over what is copied;
  ///   `Cancelled`, when a part has been copied; `ResourceClosed`.
  @discardableResult
  public func copyContents(
    from offset: Int64 = 0, to target: File, at targetOffset: Int64 = 0,
    fallback: CopyFallback = .none
  ) throws -> Copied {
    let source = try current()
    let destination = try target.current()
    let end = try endOfCopy(from: offset, to: target, at: targetOffset)
    var copied: Int64 = 0
    while true {
      let (from, to) = (offset + copied, targetOffset + copied)
      let most = end.map { Int(min(16 << 20, $0 - from)) } ?? 16 << 20
      do {
        let count = try changingDisk("copy") {
          try source.copy(at: from, to: destination, at: to, count: most)
        }
        if count == 0 { break }
        copied += Int64(count)
      } catch let error as CoreError where copied == 0 && error.meansNoCopy {
        // Within one file EINVAL is no matter of who copies.
        let isFinal = end != nil && error.code == .invalidArgument
        if fallback == .none || isFinal { throw error }
        return try copyByHand(from: offset, upTo: end, to: target, at: targetOffset)
      }
    }
    // Files of /proc and the like say that they are empty, and so copy nothing.
    if copied == 0 && fallback == .readingAndWriting {
      return try copyByHand(from: offset, upTo: end, to: target, at: targetOffset)
    }
    return Copied(byteCount: copied, isInKernel: true)
  }

  /// Where a copy within one file has to stop, since the file grows with it; nil between two.
  private func endOfCopy(
    from offset: Int64, to target: File, at targetOffset: Int64
  ) throws -> Int64? {
    let before = try status()
    guard try target.status().identity == before.identity else { return nil }
    let isPossible = offset >= 0 && targetOffset >= 0
    let count = isPossible ? max(0, before.size - offset) : 0
    // In steps the kernel would see it only where one of them lies over itself.
    if !isPossible || count > 0 && abs(targetOffset - offset) < count {
      throw CoreError(
        operation: "copy_file_range", code: .invalidArgument, subject: .argument("offset"))
    }
    return offset + count
  }

  private func copyByHand(
    from offset: Int64, upTo end: Int64?, to target: File, at targetOffset: Int64
  ) throws -> Copied {
    let (source, destination) = (try current(), try target.current())
    var copied: Int64 = 0
    while true {
      let (from, to) = (offset + copied, targetOffset + copied)
      let most = end.map { Int(min(1 << 20, $0 - from)) } ?? 1 << 20
      let count = try changingDisk("copy") {
        let bytes = try source.bytes(upTo: most, at: from)
        try destination.write(bytes[...], at: to)
        return bytes.count
      }
      if count == 0 { return Copied(byteCount: copied, isInKernel: false) }
      copied += Int64(count)
    }
  }
}

extension OpenFile {
  /// One step of a copy, in a worker.
  func copy(
    at offset: Int64, to target: OpenFile, at targetOffset: Int64, count: Int
  ) throws(CoreError) -> Int {
    try lend { source throws(CoreError) in
      try target.lend { destination throws(CoreError) in
        try source.copyRange(at: offset, to: destination, at: targetOffset, count: count)
      }
    }
  }
}

extension CoreError {
  /// Whether the kernel cannot copy between these two, rather than failing to.
  var meansNoCopy: Bool {
    code == .crossDevice || code == .notSupported || code == .invalidArgument
      || code == .notImplemented
  }
}
