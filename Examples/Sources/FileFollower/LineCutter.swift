/// Cuts bytes into lines as they come; what has no end yet waits for more.
struct LineCutter {
  /// A longer line comes in pieces, so that a file without any end of line costs no more memory.
  private static let mostBytes = 64 << 10

  private var unfinished: [UInt8] = []

  /// Tells each line of `bytes` without its end.
  mutating func cut(_ bytes: ArraySlice<UInt8>, _ tell: (ArraySlice<UInt8>) throws -> Void) throws {
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      if unfinished.isEmpty {
        try tell(rest[..<end])
      } else {
        unfinished += rest[..<end]
        try finish(tell)
      }
      rest = rest[(end + 1)...]
    }
    unfinished += rest
    if unfinished.count > Self.mostBytes { try finish(tell) }
  }

  /// Tells what has no end, if there is something: none will come.
  mutating func finish(_ tell: (ArraySlice<UInt8>) throws -> Void) throws {
    defer { unfinished.removeAll(keepingCapacity: true) }
    if !unfinished.isEmpty { try tell(unfinished[...]) }
  }

  /// Whether the last line has no end yet.
  var hasUnfinished: Bool { !unfinished.isEmpty }
}
