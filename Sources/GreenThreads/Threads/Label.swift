internal import CGreenThreads

extension ThreadRecord {
  static let longestName = 48

  /// The name given at the spawn.
  var name: String { unsafe Self.name(in: label) }

  static func name(in label: cgreenthreads_label) -> String {
    // SAFETY: never more than there is, should the length have been read half written.
    unsafe withUnsafeBytes(of: label.name) { bytes in
      unsafe String(decoding: bytes.prefix(Int(label.name_length)), as: UTF8.self)
    }
  }

  /// Keeps at most 48 bytes, and cuts between characters.
  mutating func setName(_ name: String) {
    let kept = name.cut(toBytes: Self.longestName).utf8
    unsafe withUnsafeMutableBytes(of: &label.name) { bytes in
      for (index, byte) in kept.enumerated() { unsafe bytes[index] = byte }
    }
    unsafe label.name_length = UInt8(kept.count)
  }

  @inline(__always)
  mutating func clearName() {
    unsafe label.name_length = 0
  }

  @inline(__always)
  mutating func setSpawnSite(_ file: StaticString, _ line: UInt32) {
    unsafe label.file = Self.text(of: file)
    unsafe label.line = line
  }

  @inline(__always)
  static func text(of file: StaticString) -> UnsafePointer<CChar> {
    // SAFETY: the text of a static string lives as long as the process, and ends with a zero.
    unsafe UnsafeRawPointer(file.utf8Start).assumingMemoryBound(to: CChar.self)
  }

  /// Where it was spawned: `Module/File.swift:12`.
  var spawnSite: String { spawnCallSite.description }

  var spawnCallSite: CallSite { unsafe Self.spawnCallSite(in: label) }

  static func spawnCallSite(in label: cgreenthreads_label) -> CallSite {
    unsafe CallSite(
      staticFile: label.file.map { file in
        unsafe UnsafeRawPointer(file).assumingMemoryBound(to: UInt8.self)
      }, line: label.line)
  }

  /// `7 "server"`, or `7` without a name.
  var displayName: String {
    let number = scheduler.visible(serial)
    return unsafe label.name_length == 0 ? "\(number)" : "\(number) \(quoted(name))"
  }
}

extension String {
  /// As many of its first characters, whole ones, as fit into so many bytes of UTF-8: how names for
  /// reports are cut.
  package func cut(toBytes limit: Int) -> Substring {
    var count = 0
    var end = startIndex
    for index in indices {
      count += self[index].utf8.count
      if count > limit { break }
      end = self.index(after: index)
    }
    return self[..<end]
  }
}
