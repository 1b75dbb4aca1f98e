/// What is kept of both outputs, never more than the limits allow.
package struct OutputStore: ~Copyable {
  /// As much as an ordinary pipe holds, so that one read empties it.
  package static let pieceSize = 1 << 16

  let limits: DrainLimits
  private var output = KeptBytes()
  private var error = KeptBytes()
  /// Whether a byte was dropped.
  package private(set) var isTruncated = false
  /// With `.discard`: nothing more of this output is kept.
  private var isOutputGivenUp = false
  private var isErrorGivenUp = false

  package init(_ limits: DrainLimits) {
    self.limits = limits
  }

  var retained: Int { output.count + error.count }

  /// How many bytes may be read right behind what is kept; 0 asks for ``take(_:from:)``.
  package func room(for stream: DrainedStream) -> Int {
    if limits.overflow == .keepTail || isGivenUp(stream) { return 0 }
    let own = limits.limit(of: stream) - count(of: stream)
    return max(0, min(limits.byteLimit - retained, own))
  }

  /// Reads into that room.
  ///
  /// A short output is read through `piece`, which has ``pieceSize`` bytes; nil allocates them.
  @unsafe
  package mutating func read(
    from number: Int32, _ stream: DrainedStream, atMost limit: Int,
    through piece: UnsafeMutableRawBufferPointer? = nil
  ) throws(CoreError) -> ReadOutcome {
    let room = room(for: stream)
    return switch stream {
    case .standardOutput:
      try unsafe output.read(from: number, atMost: limit, of: room, through: piece)
    case .standardError:
      try unsafe error.read(from: number, atMost: limit, of: room, through: piece)
    }
  }

  /// Looks through what the last read brought.
  package func look(for search: inout OutputSearch?, inLast count: Int, of stream: DrainedStream) {
    switch stream {
    case .standardOutput: output.look(for: &search, inLast: count)
    case .standardError: error.look(for: &search, inLast: count)
    }
  }

  /// Keeps bytes that were read elsewhere, as far as the limits allow.
  package mutating func keep(_ bytes: Span<UInt8>, of stream: DrainedStream) {
    let fitting = min(bytes.count, room(for: stream))
    switch stream {
    case .standardOutput: output.append(bytes.extracting(first: fitting))
    case .standardError: error.append(bytes.extracting(first: fitting))
    }
    if fitting < bytes.count { take(bytes.extracting(droppingFirst: fitting), from: stream) }
  }

  /// Takes bytes for which there is no room behind what is kept.
  mutating func take(_ bytes: Span<UInt8>, from stream: DrainedStream) {
    switch limits.overflow {
    case .keepHead: isTruncated = true
    case .discard: giveUp(stream)
    case .keepTail: keepTail(bytes, of: stream)
    }
  }

  package consuming func takeBytes() -> (output: [UInt8], error: [UInt8]) {
    (output.takeBytes(), error.takeBytes())
  }

  private func count(of stream: DrainedStream) -> Int {
    stream == .standardOutput ? output.count : error.count
  }

  private func isGivenUp(_ stream: DrainedStream) -> Bool {
    stream == .standardOutput ? isOutputGivenUp : isErrorGivenUp
  }

  private mutating func giveUp(_ stream: DrainedStream) {
    isTruncated = true
    guard !isGivenUp(stream) else { return }
    // Which of its limits it has passed: its own concerns it alone, the common one both.
    let isOwn = count(of: stream) == limits.limit(of: stream) && retained < limits.byteLimit
    if !isOwn || stream == .standardOutput {
      isOutputGivenUp = true
      output.removeAll()
    }
    if !isOwn || stream == .standardError {
      isErrorGivenUp = true
      error.removeAll()
    }
  }

  /// Drops what must go first, then appends: the limits hold at every moment.
  private mutating func keepTail(_ bytes: Span<UInt8>, of stream: DrainedStream) {
    let wanted = min(count(of: stream) + bytes.count, limits.limit(of: stream))
    let other: DrainedStream = stream == .standardOutput ? .standardError : .standardOutput
    let (mine, others) = share(wanted, count(of: other))
    let dropped = count(of: stream) + bytes.count - mine + count(of: other) - others
    if dropped > 0 { isTruncated = true }
    let new = min(bytes.count, mine)
    drop(count(of: other) - others, of: other)
    drop(count(of: stream) - (mine - new), of: stream)
    switch stream {
    case .standardOutput: output.append(bytes.extracting(last: new))
    case .standardError: error.append(bytes.extracting(last: new))
    }
  }

  /// Divides the common limit between one that wants so many bytes and one that has so many.
  private func share(_ first: Int, _ second: Int) -> (Int, Int) {
    let limit = max(0, limits.byteLimit)
    let half = limit / 2
    if first + second <= limit { return (first, second) }
    if second <= half { return (limit - second, second) }
    if first <= half { return (first, limit - first) }
    return (limit - half, half)
  }

  private mutating func drop(_ count: Int, of stream: DrainedStream) {
    guard count > 0 else { return }
    switch stream {
    case .standardOutput: output.dropFirst(count)
    case .standardError: error.dropFirst(count)
    }
  }
}
