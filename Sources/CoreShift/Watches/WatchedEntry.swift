/// A file found in a directory that is watched: what was there before the watch was.
package struct WatchedEntry: Hashable, Sendable {
  package let name: RawString
  /// False also for a link to a directory.
  package let isDirectory: Bool

  package init(name: RawString, isDirectory: Bool) {
    self.name = name
    self.isDirectory = isDirectory
  }

  /// Lists the directory at `path`; waits for the disk.
  ///
  /// What `open` or `getdents64` answered: ``ErrorCode/notDirectory`` for anything else.
  package static func list(_ path: RawString) throws(CoreError) -> [WatchedEntry] {
    let directory = try Fd(opening: path, for: .reading, .nonBlocking)
    var entries: [WatchedEntry] = []
    var buffer = [UInt8](repeating: 0, count: 32 << 10)
    while true {
      let result = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe SystemCall.listDirectory(directory.rawValue, bytes)
      }
      let count = Int(try check(result, "getdents64", .path(path.description)))
      if count == 0 { return entries }
      // SAFETY: `bytes` of a span is unsafe for types with padding, which UInt8 has not.
      decode(
        unsafe buffer.span.bytes.extracting(first: count), of: directory, appendingTo: &entries)
    }
  }

  /// Takes apart what `getdents64` has given.
  package static func decode(
    _ bytes: RawSpan, of directory: borrowing Fd, appendingTo entries: inout [WatchedEntry]
  ) {
    var rest = bytes
    while rest.byteCount > headerSize {
      // SAFETY: a header lies within the bytes, and any bytes are a number.
      let length = Int(unsafe rest.unsafeLoadUnaligned(fromByteOffset: 16, as: UInt16.self))
      let kind = unsafe rest.unsafeLoadUnaligned(fromByteOffset: 18, as: UInt8.self)
      guard length > headerSize, length <= rest.byteCount else { return }
      let name = unsafe rest.extracting(headerSize..<length).withUnsafeBytes { buffer in
        unsafe RawString(bytes: buffer.prefix { $0 != 0 })
      }
      if name != "." && name != ".." {
        let isDirectory =
          kind == unknownKind ? Self.isDirectory(name, in: directory) : kind == directoryKind
        entries.append(WatchedEntry(name: name, isDirectory: isDirectory))
      }
      rest = rest.extracting(droppingFirst: length)
    }
  }

  /// Asks, since some file systems do not tell; false also for what has gone meanwhile.
  private static func isDirectory(_ name: RawString, in directory: borrowing Fd) -> Bool {
    let (result, status) = SystemCall.status(
      of: name, in: directory.rawValue, followsLink: false)
    return result == 0 && status.kind == .directory
  }

  private static let unknownKind: UInt8 = 0
  private static let directoryKind: UInt8 = 4
  /// An inode, an offset, the record's length and its kind.
  private static let headerSize = 19
}
