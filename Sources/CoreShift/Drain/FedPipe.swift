/// When a child's input ends.
public enum InputEnd: Hashable, Sendable {
  /// Behind what it was given at first; at once when that is nothing.
  case afterLastByte
  /// Once that is asked for; until then more can be fed.
  case onRequest
}

/// The input of a child, fed from a buffer and closed after its last byte.
struct FedPipe: ~Copyable {
  var end: PipeEnd
  private var bytes: [UInt8]
  private var written = 0
  private var inputEnd: InputEnd

  init(_ descriptor: consuming Fd?, _ bytes: [UInt8], _ inputEnd: InputEnd) {
    end = PipeEnd(descriptor, for: .writing)
    self.bytes = bytes
    self.inputEnd = inputEnd
    if isComplete { end.closeUnregistered() }
  }

  /// How many bytes wait to be written.
  var pending: Int { end.isClosed ? 0 : bytes.count - written }

  /// Whether more may be put behind it.
  var isFeedable: Bool { !end.isClosed && inputEnd == .onRequest }

  private var isComplete: Bool { inputEnd == .afterLastByte && written == bytes.count }

  /// Puts more behind what waits.
  mutating func append(_ more: [UInt8]) {
    // Moving what waits to the front is worth it once more has gone than is left.
    if written > bytes.count - written {
      bytes.removeFirst(written)
      written = 0
    }
    bytes += more
  }

  /// Has the input end behind what waits.
  mutating func finish(on reactor: inout Reactor) {
    inputEnd = .afterLastByte
    if isComplete { end.close(on: &reactor) }
  }

  /// Closes when nothing waits that a write would tell it for.
  ///
  /// Of a pipe's reader an error tells, of a socket's or a terminal's other side a hang-up.
  mutating func noteReaderLeft(on reactor: inout Reactor) {
    if pending == 0 { end.close(on: &reactor) }
  }

  /// Does one turn; a pipe that fails is closed before the error is thrown.
  mutating func takeTurn(_ byteCount: Int, on reactor: inout Reactor) throws(CoreError) {
    guard !end.isClosed else { return }
    let turn: PipeTurn
    do {
      turn = try feed(byteCount)
    } catch {
      let isTerminalsEnd = error.code == .inputOutput && Fd.isTerminal(end.number)
      end.close(on: &reactor)
      // A child that stops reading is within its rights: that is an end like any other.
      if error.code == .brokenPipe || isTerminalsEnd { return }
      throw error
    }
    try end.settle(turn, on: &reactor)
  }

  /// Writes until the pipe is full, all is written, or the turn is over.
  private mutating func feed(_ byteCount: Int) throws(CoreError) -> PipeTurn {
    var left = byteCount
    while written < bytes.count {
      guard left > 0 else { return .unfinished }
      let number = end.number
      let piece = written..<min(bytes.count, written + left)
      let result = unsafe bytes.withUnsafeBytes { buffer in
        unsafe SystemCall.write(number, UnsafeRawBufferPointer(rebasing: buffer[piece]))
      }
      let outcome = try WriteOutcome(result: result, "write", number)
      guard case .bytes(let count) = outcome else { return .blocked }
      written += count
      left -= count
    }
    return isComplete ? .ended : .blocked
  }
}
