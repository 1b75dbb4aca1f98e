/// One output of a child, read up to its end.
struct DrainedPipe: ~Copyable {
  var end: PipeEnd
  /// What is kept of it.
  private(set) var bytes: [UInt8] = []

  init(_ descriptor: consuming Fd?) {
    end = PipeEnd(descriptor, for: .reading)
  }

  /// Does one turn; a pipe that fails is closed before the error is thrown.
  mutating func takeTurn(
    _ byteCount: Int, _ budget: inout OutputBudget, _ search: inout OutputSearch?,
    on reactor: inout Reactor
  ) throws(CoreError) {
    let turn: PipeTurn
    do {
      turn = try drain(byteCount, &budget, &search)
    } catch {
      end.close(on: &reactor)
      throw error
    }
    try end.settle(turn, on: &reactor)
  }

  /// Reads until the pipe is empty, has ended, or the turn is over.
  private mutating func drain(
    _ byteCount: Int, _ budget: inout OutputBudget, _ search: inout OutputSearch?
  ) throws(CoreError) -> PipeTurn {
    var left = byteCount
    while left > 0 {
      let start = bytes.count
      let isKept = budget.remaining > 0
      let outcome = isKept ? try keep(min(left, budget.remaining)) : try budget.discard(from: end)
      guard case .bytes(let count) = outcome else {
        return outcome == .end ? .ended : .blocked
      }
      left -= count
      if isKept { budget.retain(count) }
      let isFound =
        isKept
        ? search?.finds(in: bytes.span.extracting(start...))
        : search?.finds(in: budget.discarded.span.extracting(..<count))
      if isFound == true { return .ended }
    }
    return .unfinished
  }

  /// Reads at most `limit` bytes to the end of what is kept.
  private mutating func keep(_ limit: Int) throws(CoreError) -> ReadOutcome {
    // Small at first: most outputs are a line or two.
    let wanted = min(limit, max(4096, min(bytes.count, OutputBudget.pieceSize)))
    let number = end.number
    var outcome = ReadOutcome.wouldBlock
    try bytes.append(addingCapacity: wanted) { span throws(CoreError) in
      try unsafe span.withUnsafeMutableBufferPointer { buffer, count throws(CoreError) in
        // SAFETY: the buffer is the free part of the array; the kernel fills it from its start.
        let result = unsafe SystemCall.read(number, UnsafeMutableRawBufferPointer(buffer))
        outcome = try ReadOutcome(result: result, "read", number)
        if case .bytes(let filled) = outcome { count = filled }
      }
    }
    return outcome
  }
}
