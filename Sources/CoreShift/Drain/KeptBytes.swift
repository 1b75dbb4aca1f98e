/// The bytes that are kept of one output: they are appended, and may be dropped from the front.
struct KeptBytes {
  private var storage: [UInt8] = []
  /// Where they begin; what lies before was dropped.
  private var start = 0

  var count: Int { storage.count - start }

  /// Looks through the last bytes.
  func look(for search: inout OutputSearch?, inLast count: Int) {
    _ = search?.finds(in: storage.span.extracting(last: count))
  }

  /// Reads at most `limit` bytes to the end.
  mutating func read(from number: Int32, atMost limit: Int) throws(CoreError) -> ReadOutcome {
    // Small at first: most outputs are a line or two.
    let wanted = min(limit, max(4096, min(storage.count, OutputStore.pieceSize)))
    var outcome = ReadOutcome.wouldBlock
    try storage.append(addingCapacity: wanted) { span throws(CoreError) in
      try unsafe span.withUnsafeMutableBufferPointer { buffer, count throws(CoreError) in
        // SAFETY: the buffer is the free part of the array; the kernel fills it from its start.
        let result = unsafe SystemCall.read(number, UnsafeMutableRawBufferPointer(buffer))
        outcome = try ReadOutcome(result: result, "read", number)
        if case .bytes(let filled) = outcome { count = filled }
      }
    }
    return outcome
  }

  mutating func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe storage.append(contentsOf: $0) }
  }

  /// Drops the oldest bytes.
  mutating func dropFirst(_ count: Int) {
    start += count
    // Moving them up is worth it once more is gone than is left: each byte moves once at most.
    guard start > storage.count - start else { return }
    storage.removeFirst(start)
    start = 0
  }

  /// Drops all, and gives the memory back.
  mutating func removeAll() {
    storage = []
    start = 0
  }

  consuming func takeBytes() -> [UInt8] {
    if start > 0 { storage.removeFirst(start) }
    return storage
  }
}
