/// A name in a directory.
public struct DirectoryEntry: Hashable, Sendable {
  /// The name, which need not be UTF-8.
  public let name: RawString
  /// What it is, a link being a link; nil where neither the directory nor the file would say.
  public let kind: FileKind?

  /// Names one.
  public init(name: RawString, kind: FileKind?) {
    self.name = name
    self.kind = kind
  }
}

extension DirectoryDescriptor {
  /// All names in it but `.` and `..`, ordered by their bytes; or an error, and none.
  ///
  /// What is made or removed meanwhile may be among them or not. Read through a descriptor of its
  /// own, so always from the beginning; to open that takes the right to search the directory.
  public borrowing func entries() throws(CoreError) -> [DirectoryEntry] {
    let own = try openDirectory(".")
    return try own.unreadEntries()
  }

  /// The same read through this descriptor, once, by who has opened it: another, which is opened
  /// from here, takes the right to search the directory.
  package borrowing func unreadEntries() throws(CoreError) -> [DirectoryEntry] {
    var entries: [DirectoryEntry] = []
    var buffer = [UInt8](repeating: 0, count: 32 << 10)
    while true {
      let count = SystemCall.readEntries(number, into: &buffer)
      guard count >= 0 else { throw failure(count, "getdents64", .descriptor(number)) }
      if count == 0 { break }
      Self.parse(buffer[..<count], into: &entries)
    }
    entries.sort { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
    return entries.map { $0.kind == nil ? lookedAt($0) : $0 }
  }

  /// Takes in records, as getdents64 writes them.
  ///
  /// Each is: inode, offset (eight bytes each), the record's length (two), the type (one), the name
  /// and a NUL.
  package static func parse(_ records: ArraySlice<UInt8>, into entries: inout [DirectoryEntry]) {
    var rest = records
    while rest.count > 19 {
      let start = rest.startIndex
      let length = Int(rest[start + 16]) | Int(rest[start + 17]) << 8
      guard 20...rest.count ~= length else { return }
      let name = rest[(start + 19)..<(start + length)].prefix { $0 != 0 }
      if name != [0x2E] && name != [0x2E, 0x2E] {
        let kind = FileKind(entryType: rest[start + 18])
        entries.append(DirectoryEntry(name: RawString(bytes: name), kind: kind))
      }
      rest = rest.dropFirst(length)
    }
  }

  /// Asks the file itself what it is; nil where that cannot be said.
  package borrowing func lookedAt(_ entry: DirectoryEntry) -> DirectoryEntry {
    let kind = try? status(of: entry.name, links: .notFollowed).kind
    return DirectoryEntry(name: entry.name, kind: kind)
  }
}
