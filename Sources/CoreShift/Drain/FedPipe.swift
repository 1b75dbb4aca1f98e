/// The input of a child, fed from a buffer and closed after its last byte.
struct FedPipe: ~Copyable {
  var end: PipeEnd
  private let bytes: [UInt8]
  private var written = 0

  init(_ descriptor: consuming Fd?, _ bytes: [UInt8]) {
    end = PipeEnd(descriptor, for: .writing)
    self.bytes = bytes
    if bytes.isEmpty { end.closeUnregistered() }
  }

  /// Does one turn; a pipe that fails is closed before the error is thrown.
  mutating func takeTurn(_ byteCount: Int, on reactor: inout Reactor) throws(CoreError) {
    let turn: PipeTurn
    do {
      turn = try feed(byteCount)
    } catch {
      end.close(on: &reactor)
      // A child that stops reading is within its rights: that is an end like any other.
      if error.code == .brokenPipe { return }
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
    return .ended
  }
}
