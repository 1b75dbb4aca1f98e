public import CoreShift
internal import GreenThreads

extension File {
  /// The contents of a file, or all that comes out of a FIFO, a terminal or another device without
  /// positions.
  ///
  /// Parks. What is no file is read by the scheduler, as a stream, and keeps no worker busy: a FIFO
  /// is waited for until somebody writes, and read until all who do have closed it. A device that
  /// cannot be waited for, of which epoll says EPERM, is left to a worker.
  ///
  /// - Parameters:
  ///   - path: begins at the working directory, unless it is absolute.
  ///   - limit: how many bytes it may have.
  /// - Returns: all of its bytes.
  /// - Throws: ``LimitExceeded`` when there are more than `limit`, and nothing is returned;
  ///   `CoreError`; `Cancelled`.
  public static func read(_ path: RawString, limit: Int) throws -> [UInt8] {
    guard limit >= 0 else { throw InvalidArgument("a limit of \(limit) bytes") }
    let found = try readingDisk("read \(path)") { try FoundContents(of: path, limit: limit) }
    switch consume found {
    case .bytes(let bytes): return bytes
    case .stream(let descriptor):
      let stream = try Descriptor(adopting: descriptor)
      defer { stream.close() }
      // Before anybody has opened the other end a FIFO looks as if it were at its end.
      if !stream.isReady(.reading) { try stream.waitToRead() }
      return try stream.readAll(limit: limit)
    }
  }

  /// The contents of a file as text, which must be UTF-8.
  ///
  /// Parks.
  ///
  /// - Throws: ``InvalidText`` for other bytes, which are not repaired; as ``read(_:limit:)``.
  public static func readText(_ path: RawString, limit: Int) throws -> String {
    let bytes = try read(path, limit: limit)
    do {
      return String(copying: try UTF8Span(validating: bytes.span))
    } catch {
      throw InvalidText(source: path.description, offset: error.byteOffsets.lowerBound)
    }
  }

  /// The rest of this file from the ``position`` on, which moves to its end.
  ///
  /// Parks.
  ///
  /// - Throws: ``LimitExceeded``; ``InvalidText``, as ``readText(_:limit:)``.
  public func readText(limit: Int) throws -> String {
    let start = position
    let bytes = try readAll(limit: limit)
    do {
      return String(copying: try UTF8Span(validating: bytes.span))
    } catch {
      throw InvalidText(source: "the file", offset: Int(start) + error.byteOffsets.lowerBound)
    }
  }

  /// Removes a file's name; a directory is EISDIR.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - path: begins at the working directory, unless it is absolute.
  ///   - links: followed by no means; whether a link is removed itself, or is refused.
  /// - Throws: `CoreError`, ELOOP for a link that is refused; `Cancelled`.
  public static func remove(_ path: RawString, links: LinkRemoval = .allowed) throws {
    try changingDisk("remove \(path)") {
      if links == .refused {
        let status = try DirectoryDescriptor.working.status(of: path, links: .notFollowed)
        if status.kind == .symbolicLink {
          throw CoreError(
            operation: "unlinkat", code: .symbolicLinkLoop, subject: .path(path.description))
        }
      }
      try DirectoryDescriptor.working.removeFile(path)
    }
  }

  /// Gives a file or directory another name in the same file system, at one instant.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `renameat2`, EXDEV for another file system, EEXIST where replacing is
  ///   refused; `Cancelled`.
  public static func rename(
    _ path: RawString, to target: RawString,
    replacing: DirectoryDescriptor.Replacement = .allowed
  ) throws {
    try changingDisk("rename \(path)") {
      try DirectoryDescriptor.working.rename(
        path, to: target, in: DirectoryDescriptor.working, replacing: replacing)
    }
  }
}

/// What a removal does with a symbolic link.
public enum LinkRemoval: Hashable, Sendable {
  /// Removes the link itself; what it leads to stays.
  case allowed
  /// Fails with ELOOP.
  case refused
}

/// Bytes that should have been UTF-8 are not.
public struct InvalidText: Error, Equatable, CustomStringConvertible {
  /// Whose bytes: a path.
  public let source: String
  /// Where the first wrong one is.
  public let offset: Int

  /// Names the source and the place.
  public init(source: String, offset: Int) {
    self.source = source
    self.offset = offset
  }

  /// One line for a person.
  public var description: String { "\(source) is not UTF-8 at byte \(offset)" }
}

/// What a worker has found at a path.
private enum FoundContents: ~Copyable {
  case bytes([UInt8])
  /// Not read yet: it waits for somebody and not for a disk.
  case stream(Fd)

  init(of path: RawString, limit: Int) throws {
    let descriptor = try Fd.openedForDiskAlone { extra throws(CoreError) in
      try Fd(opening: path, for: .reading, extra)
    }
    if try descriptor.isStream {
      self = .stream(descriptor)
    } else {
      try descriptor.setBlockingMode(.blocking)
      self = .bytes(try descriptor.contents(limit: limit))
    }
  }
}

extension Fd {
  /// Whether it has no positions, and says when there is something to read; other devices without
  /// positions are for a worker to wait for.
  fileprivate var isStream: Bool {
    borrowing get throws {
      if try Fd.kind(of: rawValue) == .pipe || Fd.isTerminal(rawValue) { return true }
      if (try? seek(to: 0, from: .current)) != nil { return false }
      do throws(CoreError) {
        var reactor = try Reactor()
        _ = try reactor.register(self, for: .reading)
        return true
      } catch {
        guard error.code == .notPermitted else { throw error }
        return false
      }
    }
  }

  /// Reads to the end, in a worker.
  fileprivate borrowing func contents(limit: Int) throws -> [UInt8] {
    let expected = min(Int(clamping: try status().size), limit)
    var bytes: [UInt8] = []
    // A file may be said to be larger than it is, and than all memory.
    bytes.reserveCapacity(min(expected, 256 << 20))
    // One more than is allowed, so that the file's end is seen, or that there is more.
    var buffer = [UInt8](repeating: 0, count: min(max(expected, (4 << 10) - 1), (1 << 20) - 1) + 1)
    while true {
      switch try read(into: &buffer) {
      case .bytes(let count):
        if count > limit - bytes.count { throw LimitExceeded("bytes of a file", limit: limit) }
        bytes += buffer[..<count]
      case .end: return bytes
      case .wouldBlock: throw CoreError(operation: "read", code: .wouldBlock)
      }
    }
  }
}
