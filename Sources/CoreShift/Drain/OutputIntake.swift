/// Where the bytes of both outputs go: to a sink, or into the store; and what is found in them.
struct OutputIntake: ~Copyable {
  var store: OutputStore
  private var search: OutputSearch?
  private let sink: OutputSink?
  /// What cannot be read right into the store; empty until there is any.
  private var piece: [UInt8] = []
  /// The chunk that the sink has not taken yet: so many bytes of `piece`.
  private(set) var held: (stream: DrainedStream, count: Int)?

  init(_ limits: DrainLimits, until match: OutputMatch?, sink: OutputSink?) {
    store = OutputStore(limits)
    search = match.map(OutputSearch.init)
    self.sink = sink
  }

  var isMatched: Bool { search?.isFound ?? false }

  var isPaused: Bool { held != nil }

  /// Whether this output is not to be read any more.
  func isSatisfied(by stream: DrainedStream) -> Bool {
    stream == .standardOutput && isMatched
  }

  /// Reads once, at most `limit` bytes; not while it is paused.
  mutating func read(
    from number: Int32, _ stream: DrainedStream, atMost limit: Int
  ) throws(CoreError) -> ReadOutcome {
    let room = sink == nil ? min(limit, store.room(for: stream)) : 0
    guard room == 0 else {
      let outcome = try unsafe store.read(from: number, stream, atMost: room)
      if case .bytes(let count) = outcome, isSearched(stream) {
        store.look(for: &search, inLast: count, of: stream)
      }
      return outcome
    }
    if piece.isEmpty { piece = [UInt8](repeating: 0, count: OutputStore.pieceSize) }
    let result = unsafe piece.withUnsafeMutableBytes { buffer in
      unsafe SystemCall.read(
        number, UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(limit)))
    }
    let outcome = try ReadOutcome(result: result, "read", number)
    guard case .bytes(let count) = outcome else { return outcome }
    if isSearched(stream) {
      // A second reference and no copy: the span borrows this one, and the rest may be changed.
      let piece = piece
      _ = search?.finds(in: piece.span.extracting(..<count))
    }
    held = (stream, count)
    deliver()
    return outcome
  }

  /// Gives the held chunk on; it stays held if the sink does not take it.
  mutating func deliver() {
    guard let held else { return }
    // As above.
    let piece = piece
    let chunk = piece.span.extracting(..<held.count)
    if let sink {
      guard sink(held.stream, chunk) == .taken else { return }
    } else {
      store.take(chunk, from: held.stream)
    }
    self.held = nil
  }

  /// Standard error never is, and nothing behind the match.
  private func isSearched(_ stream: DrainedStream) -> Bool {
    stream == .standardOutput && !isMatched
  }
}
