/// One output of a child, read up to its end.
struct DrainedPipe: ~Copyable {
  var end: PipeEnd
  private let stream: DrainedStream

  init(_ descriptor: consuming Fd?, _ stream: DrainedStream) {
    end = PipeEnd(descriptor, for: .reading)
    self.stream = stream
  }

  /// Does one turn; a pipe that fails is closed before the error is thrown.
  mutating func takeTurn(
    _ byteCount: Int, _ intake: inout OutputIntake, on reactor: inout Reactor
  ) throws(CoreError) {
    let turn: PipeTurn
    do {
      turn = try drain(byteCount, &intake)
    } catch {
      // A terminal's other side has closed: so ends a terminal.
      let isEnd = error.code == .inputOutput && Fd.isTerminal(end.number)
      end.close(on: &reactor)
      if isEnd { return }
      throw error
    }
    try end.settle(turn, on: &reactor)
  }

  /// Reads until the pipe is empty, has ended, the sink pauses, or the turn is over.
  private func drain(
    _ byteCount: Int, _ intake: inout OutputIntake
  ) throws(CoreError) -> PipeTurn {
    var left = byteCount
    while left > 0 {
      // Resuming re-arms the pipe.
      if intake.isPaused { return .blocked }
      switch try intake.read(from: end.number, stream, atMost: left) {
      case .bytes(let count): left -= count
      case .wouldBlock: return .blocked
      case .end: return .ended
      }
      if intake.isSatisfied(by: stream), !intake.isPaused { return .ended }
    }
    return intake.isPaused ? .blocked : .unfinished
  }
}
