/// The bytes that two outputs may keep together.
struct OutputBudget {
  let byteLimit: Int
  private(set) var retained = 0
  /// Whether a byte had to be dropped.
  private(set) var isExceeded = false
  /// Where bytes over the limit go; empty until there are any.
  private(set) var discarded: [UInt8] = []

  /// As much as an ordinary pipe holds, so that one read empties it.
  static let pieceSize = 1 << 16

  init(byteLimit: Int) {
    self.byteLimit = byteLimit
  }

  var remaining: Int { byteLimit - retained }

  mutating func retain(_ count: Int) {
    retained += count
  }

  /// Reads and drops one piece, so that the child is not blocked.
  ///
  /// Only bytes exceed the budget: an end that comes exactly at the limit does not.
  mutating func discard(from end: borrowing PipeEnd) throws(CoreError) -> ReadOutcome {
    if discarded.isEmpty { discarded = [UInt8](repeating: 0, count: OutputBudget.pieceSize) }
    let number = end.number
    let result = unsafe discarded.withUnsafeMutableBytes { buffer in
      unsafe SystemCall.read(number, buffer)
    }
    let outcome = try ReadOutcome(result: result, "read", number)
    if case .bytes = outcome { isExceeded = true }
    return outcome
  }
}
