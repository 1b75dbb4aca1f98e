/// The bytes that are kept of one output: they are appended, and may be dropped from the front.
struct KeptBytes {
  private var storage: [UInt8] = []
  /// Where they begin; what lies before was dropped.
  private var start = 0

  /// By how much the array grows at least, if the limit allows.
  private static let shortestStep = 1 << 20
  /// By how much it grows at most, unless it is longer itself.
  private static let longestStep = 256 << 20

  var count: Int { storage.count - start }

  /// Looks through the last bytes.
  func look(for search: inout OutputSearch?, inLast count: Int) {
    _ = search?.finds(in: storage.span.extracting(last: count))
  }

  /// Reads at most `limit` bytes to the end; no more than `room` will ever follow those kept now.
  ///
  /// `piece` is memory for a short output, which is read through it.
  @unsafe
  mutating func read(
    from number: Int32, atMost limit: Int, of room: Int,
    through piece: UnsafeMutableRawBufferPointer?
  ) throws(CoreError) -> ReadOutcome {
    // Most outputs are a line or two: a short one takes no more memory than it is long.
    let wanted = min(limit, OutputStore.pieceSize)
    if storage.count < OutputStore.pieceSize {
      let result = unsafe readPiece(from: number, wanted, through: piece)
      return try ReadOutcome(result: result, "read", number)
    }
    makeRoom(for: wanted, of: room)
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

  /// Reads through memory that the next read of any output uses again, and keeps a copy.
  private mutating func readPiece(
    from number: Int32, _ wanted: Int, through piece: UnsafeMutableRawBufferPointer?
  ) -> Int {
    guard let piece = unsafe piece else {
      return unsafe withUnsafeTemporaryAllocation(byteCount: wanted, alignment: 1) { piece in
        unsafe readPiece(from: number, wanted, through: piece)
      }
    }
    // SAFETY: the kernel has filled so many bytes from the start.
    let result = unsafe SystemCall.read(
      number, UnsafeMutableRawBufferPointer(rebasing: piece.prefix(wanted)))
    if result > 0 {
      unsafe storage.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece.prefix(result)))
    }
    return result
  }

  /// Grows in few and long steps, since each of them copies all that is kept.
  ///
  /// What nothing is written to costs addresses and no memory, and no step goes over the limit.
  private mutating func makeRoom(for wanted: Int, of room: Int) {
    guard storage.capacity - storage.count < wanted else { return }
    // A kernel may refuse at once what is more than all of its memory.
    let most = max(storage.count, Self.longestStep)
    let more = min(max(Self.shortestStep, storage.count * 7), most, room)
    storage.reserveCapacity(storage.count + max(more, wanted))
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
    // Whoever keeps it for long does not keep the room for what never came.
    guard storage.capacity > 4 * max(storage.count, OutputStore.pieceSize) else { return storage }
    var exact: [UInt8] = []
    exact.append(contentsOf: storage)
    return exact
  }
}
