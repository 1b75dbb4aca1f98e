import Drift

/// The inputs of `drift each`, one after the other: listed, or read as they come.
final class JobInputs {
  private var listed: [RawString]
  private var nextIndex = 0
  /// How many have been taken out of ``listed`` for good.
  private var forgottenCount = 0
  private let stream: InheritedStream?
  private let delimiter: UInt8
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)
  private var pending: [UInt8] = []
  private var isAtEnd = false

  /// How much of one input is kept, about: more than the kernel takes as an argument, so that its
  /// job fails all the same, and a file without any line end cannot fill the memory.
  private static let keptByteLimit = 4 << 20

  /// How many there are in all; nil while that is not known.
  var total: Int? {
    stream == nil || isAtEnd ? forgottenCount + listed.count : nil
  }

  init(listed: [RawString]) {
    self.listed = listed
    stream = nil
    delimiter = 0
  }

  /// Each piece that ends with `delimiter`, and a last one without.
  ///
  /// Empty lines are no inputs.
  init(standardInputSplitAt delimiter: UInt8) throws {
    listed = []
    stream = try InheritedStream(0, for: .reading)
    self.delimiter = delimiter
  }

  /// Waits until there is an input to take; false when there are no more.
  ///
  /// Parks.
  func awaitNext() throws -> Bool {
    while nextIndex == listed.count {
      if stream == nil || isAtEnd { return false }
      try readMore()
    }
    return true
  }

  /// The next input if it is there already.
  ///
  /// Does not park.
  func take() -> RawString? {
    guard nextIndex < listed.count else { return nil }
    defer { nextIndex += 1 }
    return listed[nextIndex]
  }

  private func readMore() throws {
    guard let stream else { return }
    forgottenCount += listed.count
    listed.removeAll(keepingCapacity: true)
    nextIndex = 0
    let count: Int
    do {
      count = try stream.read(into: &buffer)
    } catch let error as CoreError {
      isAtEnd = true
      throw ToolExit(
        code: ToolExit.misuse, message: "cannot read standard input: \(error.code)")
    }
    if count == 0 {
      isAtEnd = true
      add(pending)
      pending = []
      return
    }
    var rest = buffer[..<count]
    while let end = rest.firstIndex(of: delimiter) {
      add(pending + rest[..<end])
      pending = []
      rest = rest[(end + 1)...]
    }
    if pending.count < Self.keptByteLimit { pending += rest }
  }

  private func add(_ bytes: [UInt8]) {
    if !bytes.isEmpty { listed.append(RawString(bytes: bytes)) }
  }
}
