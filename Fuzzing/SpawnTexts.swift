// Any texts as arguments, file, directory and environment of a child: either the block that
// `execve` gets holds exactly them, or there is a reason in them for which they are refused.
@testable import CoreShift

/// One input of libFuzzer: a byte that says which options there are, then texts, each behind a
/// byte with its length.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSpawnTexts(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  var input = unsafe Input(rest: Array(UnsafeBufferPointer(start: start, count: count))[...])
  let shape = input.takeByte()
  var options = SpawnOptions([], backend: .clone)
  if shape & 1 != 0 { options.executable = input.takeText() }
  if shape & 2 != 0 { options.workingDirectory = input.takeText() }
  for _ in 0..<Int(shape >> 4) { options.arguments.append(input.takeText()) }
  switch shape >> 2 & 3 {
  case 0: break
  case 1: options.environment = .replace(input.takeTexts())
  default: options.environment = .edit(input.takeChanges())
  }
  let expected = Expected(options)
  do throws(CoreError) {
    let block = try SpawnBlock.make(for: options)
    precondition(!expected.isRefused)
    expected.check(block)
  } catch {
    precondition(expected.isRefused && error.code == .invalidArgument)
    guard case .argument = error.subject else { preconditionFailure("\(error)") }
  }
  return 0
}

/// What is left of an input; behind its end there are zeroes.
private struct Input {
  var rest: ArraySlice<UInt8>

  mutating func takeByte() -> UInt8 { rest.popFirst() ?? 0 }

  mutating func takeText() -> RawString {
    let count = min(Int(takeByte()), rest.count)
    defer { rest = rest.dropFirst(count) }
    let bytes = rest.prefix(count)
    // Both kinds of raw strings: a text that is valid is taken as one.
    if count % 2 == 0, let text = String(validating: bytes, as: UTF8.self) {
      return RawString(text)
    }
    return RawString(bytes: bytes)
  }

  mutating func takeTexts() -> [RawString] {
    var texts: [RawString] = []
    while !rest.isEmpty { texts.append(takeText()) }
    return texts
  }

  mutating func takeChanges() -> [SpawnEnvironment.Change] {
    var changes: [SpawnEnvironment.Change] = []
    while !rest.isEmpty {
      let name = takeText()
      changes.append(takeByte() % 4 == 0 ? .remove(name) : .set(name, to: takeText()))
    }
    return changes
  }
}

/// What the block must hold, found by plain arrays.
private struct Expected {
  private var path: [UInt8]?
  private var directory: [UInt8]?
  private var arguments: [[UInt8]]
  private var environment: [[UInt8]]?
  var isRefused = false

  init(_ options: SpawnOptions) {
    arguments = options.arguments.map(\.bytes)
    path = options.executable?.bytes ?? arguments.first
    directory = options.workingDirectory?.bytes
    isRefused = (arguments + [path ?? [], directory ?? []]).contains { $0.contains(0) }
    switch options.environment {
    case .inherit: break
    case .replace(let entries): replace(entries.map(\.bytes))
    case .edit(let changes): edit(changes)
    }
  }

  private mutating func replace(_ entries: [[UInt8]]) {
    for entry in entries {
      let separator = entry.firstIndex(of: UInt8(ascii: "="))
      if entry.contains(0) || (separator ?? 0) == 0 { isRefused = true }
    }
    environment = entries
  }

  private mutating func edit(_ changes: [SpawnEnvironment.Change]) {
    var entries = inherited()
    for change in changes {
      let name = change.name.bytes
      if name.isEmpty || name.contains(0) || name.contains(UInt8(ascii: "=")) { isRefused = true }
      let start = name + [UInt8(ascii: "=")]
      entries.removeAll { $0.starts(with: start) || $0 == name }
      guard case .set(_, let value) = change else { continue }
      // A value that a later change of the same name replaces is not looked at.
      entries.append(start + value.bytes)
    }
    if entries.contains(where: { $0.contains(0) }) { isRefused = true }
    environment = entries
  }

  /// The environment of this process.
  private func inherited() -> [[UInt8]] {
    var options = SpawnOptions(["x"], backend: .clone)
    options.environment = .edit([])
    guard let block = try? SpawnBlock.make(for: options) else { preconditionFailure("no block") }
    return unsafe Expected.texts(block.environment)
  }

  func check(_ block: borrowing SpawnBlock) {
    unsafe precondition(Expected.texts(block.arguments) == arguments)
    unsafe precondition(Expected.text(block.path) == path)
    unsafe precondition(Expected.text(block.workingDirectory) == directory)
    unsafe precondition((block.environment == nil) == (environment == nil))
    if let environment { unsafe precondition(Expected.texts(block.environment) == environment) }
  }

  /// The texts up to the null pointer.
  private static func texts(_ start: UnsafeMutablePointer<SpawnBlock.Text?>?) -> [[UInt8]] {
    guard var next = unsafe start else { return [] }
    var texts: [[UInt8]] = []
    // SAFETY: a null pointer ends the list; AddressSanitizer sees it if none does.
    while let text = unsafe Expected.text(next.pointee) {
      texts.append(text)
      unsafe next += 1
    }
    return texts
  }

  private static func text(_ start: SpawnBlock.Text?) -> [UInt8]? {
    guard var next = unsafe start else { return nil }
    var bytes: [UInt8] = []
    // SAFETY: a NUL ends the text; AddressSanitizer sees it if none does.
    while unsafe next.pointee != 0 {
      unsafe bytes.append(UInt8(bitPattern: next.pointee))
      unsafe next += 1
    }
    return bytes
  }
}
