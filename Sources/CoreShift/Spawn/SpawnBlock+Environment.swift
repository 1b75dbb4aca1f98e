internal import CCoreShift

extension SpawnEnvironment {
  /// How much of a block this environment takes; no slot at all when it is inherited.
  var room: (slots: Int, textBytes: Int) {
    switch self {
    case .inherit:
      return (0, 0)
    case .replace(let entries):
      return (entries.count + 1, entries.reduce(0) { $0 + $1.count + 1 })
    case .edit(let changes):
      var textBytes = 0
      for case .set(let name, let value) in changes { textBytes += name.count + value.count + 2 }
      return (SpawnEnvironment.inheritedCount + changes.count + 1, textBytes)
    }
  }

  /// How many entries this process has.
  private static var inheritedCount: Int {
    guard let entries = unsafe ccoreshift_spawn_environment() else { return 0 }
    var count = 0
    // SAFETY: the environment ends with NULL.
    while unsafe entries[count] != nil { count += 1 }
    return count
  }
}

extension SpawnBlock {
  /// Fills the environment's pointers.
  mutating func append(_ environment: SpawnEnvironment) throws(CoreError) {
    switch environment {
    case .inherit:
      return
    case .replace(let entries):
      for entry in entries {
        let separator = entry.bytes.firstIndex(of: UInt8(ascii: "="))
        guard let separator, separator > 0 else { throw SpawnBlock.badEnvironment }
        let text = unsafe try place(entry, "environment")
        unsafe append(text)
      }
    case .edit(let changes):
      try append(changes)
    }
    unsafe append(nil)
  }

  private static var badEnvironment: CoreError {
    CoreError(operation: "spawn", code: .invalidArgument, subject: .argument("environment"))
  }

  private mutating func append(_ changes: [SpawnEnvironment.Change]) throws(CoreError) {
    var last: [[UInt8]: Int] = [:]
    for (index, change) in changes.enumerated() {
      let name = change.name.bytes
      guard !name.isEmpty, !name.contains(UInt8(ascii: "=")), !name.contains(0) else {
        throw SpawnBlock.badEnvironment
      }
      last[name] = index
    }
    if var entry = unsafe ccoreshift_spawn_environment() {
      // SAFETY: the environment ends with NULL.
      while let text = unsafe entry.pointee {
        if unsafe last[SpawnBlock.name(of: text)] == nil { unsafe append(text) }
        unsafe entry += 1
      }
    }
    for (index, change) in changes.enumerated() {
      guard case .set(let name, let value) = change, last[name.bytes] == index else { continue }
      let text = unsafe try place(name, value)
      unsafe append(text)
    }
  }

  /// The bytes before the first `=` of an entry of this process's environment.
  private static func name(of entry: Text) -> [UInt8] {
    var name: [UInt8] = []
    var next = unsafe entry
    // SAFETY: an entry ends with NUL.
    while unsafe next.pointee != 0, unsafe next.pointee != CChar(UInt8(ascii: "=")) {
      unsafe name.append(UInt8(bitPattern: next.pointee))
      unsafe next += 1
    }
    return name
  }
}
