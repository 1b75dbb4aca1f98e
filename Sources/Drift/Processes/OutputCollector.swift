internal import CoreShift
internal import GreenThreads

/// Keeps what a child writes, within the limits, and looks for something in it.
final class OutputCollector {
  @safe @exclusivity(unchecked) private var store: OutputStore
  private(set) var isMatched = false
  @safe @exclusivity(unchecked) private var search: OutputSearch?
  @safe @exclusivity(unchecked) private var errorSearch: OutputSearch?
  private var sink: ((DrainedStream, [UInt8]) throws -> Void)?
  /// What cannot be read right into the store; empty until there is any.
  private var piece: [UInt8] = []

  init(
    _ limits: DrainLimits, until match: OutputMatch? = nil,
    sink: ((DrainedStream, [UInt8]) throws -> Void)? = nil
  ) {
    store = OutputStore(limits)
    self.sink = sink
    search = match.map { OutputSearch($0) }
    errorSearch = search
  }

  var isTruncated: Bool { store.isTruncated }

  var hasSink: Bool { sink != nil }

  /// Reads once what is there.
  func read(from pipe: Descriptor, _ stream: DrainedStream) throws -> ReadOutcome {
    let room = sink == nil ? min(OutputStore.pieceSize, store.room(for: stream)) : 0
    var chunk: [UInt8] = []
    // What was read is seen to inside: behind it others may have their turn, and read too.
    let outcome = try pipe.readNow { descriptor throws(CoreError) in
      if room > 0 {
        // SAFETY: nobody else runs before the bytes are copied.
        let outcome = try unsafe store.read(
          from: descriptor.rawValue, stream, atMost: room,
          through: pipe.events.supplies.outputPiece)
        if case .bytes(let count) = outcome { look(inLast: count, of: stream) }
        return outcome
      }
      if piece.isEmpty { piece = [UInt8](repeating: 0, count: OutputStore.pieceSize) }
      let outcome = try descriptor.read(into: &piece)
      guard case .bytes(let count) = outcome else { return outcome }
      // A second reference and no copy: the span borrows this one.
      let piece = piece
      if sink == nil {
        keep(piece.span.extracting(first: count), of: stream)
      } else {
        chunk = Array(piece[..<count])
      }
      return outcome
    }
    if !chunk.isEmpty { try take(chunk, from: stream) }
    return outcome
  }

  /// Hands bytes to the sink, and keeps them.
  func take(_ bytes: [UInt8], from stream: DrainedStream) throws {
    do {
      if let sink { try sink(stream, bytes) }
    } catch is Cancelled where GreenThread.isCancelled {
      // The child is being ended, and may still write meanwhile.
      sink = nil
    }
    keep(bytes.span, of: stream)
  }

  private func keep(_ bytes: Span<UInt8>, of stream: DrainedStream) {
    store.keep(bytes, of: stream)
    guard !isMatched else { return }
    switch stream {
    case .standardOutput: isMatched = search?.finds(in: bytes) ?? false
    case .standardError: isMatched = errorSearch?.finds(in: bytes) ?? false
    }
  }

  private func look(inLast count: Int, of stream: DrainedStream) {
    guard search != nil, !isMatched else { return }
    switch stream {
    case .standardOutput:
      store.look(for: &search, inLast: count, of: stream)
      isMatched = search?.isFound ?? false
    case .standardError:
      store.look(for: &errorSearch, inLast: count, of: stream)
      isMatched = errorSearch?.isFound ?? false
    }
  }

  /// All that was kept; nothing is left.
  func takeOutput() -> (output: [UInt8], error: [UInt8]) {
    var taken = OutputStore(DrainLimits(byteLimit: 0))
    swap(&taken, &store)
    return taken.takeBytes()
  }
}
