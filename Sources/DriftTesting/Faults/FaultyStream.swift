public import Drift

/// A stream that works like the one in it, only worse, as a ``FaultScript`` says.
///
/// Its faults are those of a real network, and it keeps every rule for streams, so that a program
/// that fails on it has a bug. What it does depends only on its script and on the calls made, never
/// on the clock of the machine. Letting go of it does not close the stream in it.
public final class FaultyStream: DuplexStream, Connection {
  private let stream: any DuplexStream
  private var reading: FaultyDirection
  private var writing: FaultyDirection
  private let script: FaultScript
  private let closed = Gate(label: "faulty stream closed")
  private var isReset = false

  /// Puts the faults of `script` before `stream`, which nobody else should use from now on.
  public init(_ stream: any DuplexStream, faults script: FaultScript) {
    guard script.longestRead > 0, script.longestWrite > 0, script.mostYields >= 0,
      script.longestDelay >= .zero
    else {
      fatalError("a fault script moves one byte or more at a time, and its delays are not negative")
    }
    self.stream = stream
    self.script = script
    reading = FaultyDirection(
      seed: script.seed, longest: script.longestRead, ending: script.readingEnds)
    // Another seed, so that both directions differ also where their limits are the same.
    writing = FaultyDirection(
      seed: ~script.seed, longest: script.longestWrite, ending: script.writingEnds)
  }

  /// Reads what is there into `buffer` from its start, or less than that, waiting until there is
  /// something.
  ///
  /// Parks.
  ///
  /// - Throws: what the stream in it throws; `CoreError` with ECONNRESET once the script has broken
  ///   the connection; `Cancelled`; `ResourceClosed`; `ResourceBusy`.
  public func read(into buffer: inout MutableRawSpan) throws -> Int {
    if buffer.byteCount == 0 { return 0 }
    try reading.begin("reading a faulty stream")
    defer { reading.holder = nil }
    try suffer(reading.drawTrouble(script), "read")
    if let ending = reading.dueEnding {
      if case .end = ending { return 0 }
      throw breakConnection("read")
    }
    var room = buffer._mutatingExtracting(..<reading.allowance(of: buffer.byteCount))
    do {
      let count = try stream.read(into: &room)
      reading.moved += count
      return count
    } catch is ResourceClosed where isReset && !closed.isOpen {
      // The other direction has broken the connection meanwhile.
      throw CoreError(operation: "read", code: .connectionReset)
    }
  }

  /// Takes as many of `bytes` as there is room for, or fewer, but at least one, waiting until it
  /// can.
  ///
  /// Parks.
  ///
  /// - Throws: what the stream in it throws; `CoreError` with ECONNRESET once the script has broken
  ///   the connection, or with EPIPE once it has ended the writing; `Cancelled`; `ResourceClosed`;
  ///   `ResourceBusy`.
  public func writeSome(_ bytes: RawSpan) throws -> Int {
    if bytes.byteCount == 0 { return 0 }
    try writing.begin("writing a faulty stream")
    defer { writing.holder = nil }
    try suffer(writing.drawTrouble(script), "write")
    if let ending = writing.dueEnding {
      guard case .end = ending else { throw breakConnection("write") }
      try stream.shutdownWrite()
      throw CoreError(operation: "write", code: .brokenPipe)
    }
    let piece = bytes.extracting(first: writing.allowance(of: bytes.byteCount))
    do {
      let count = try stream.writeSome(piece)
      writing.moved += count
      return count
    } catch is ResourceClosed where isReset && !closed.isOpen {
      // As above.
      throw CoreError(operation: "write", code: .connectionReset)
    }
  }

  /// Ends the sending of the stream in it.
  ///
  /// - Throws: what the stream in it throws; `ResourceClosed`.
  public func shutdownWrite() throws {
    if closed.isOpen { throw Self.closedError }
    if isReset { return }
    try stream.shutdownWrite()
  }

  /// Ends this stream and the one in it; who is parked on it gets `ResourceClosed`.
  ///
  /// Again: no effect. Does not park.
  public func close() {
    closed.open()
    stream.close()
  }

  // MARK: - Faults

  private static var closedError: ResourceClosed { ResourceClosed("a faulty stream") }

  /// Loses time and turns, and then looks whether the stream is still there.
  private func suffer(_ trouble: FaultyDirection.Trouble, _ operation: String) throws {
    for _ in 0..<trouble.yields where !closed.isOpen { GreenThread.yield() }
    if trouble.delay > .zero, !closed.isOpen {
      // Not a sleep: `close` ends it.
      do { try closed.pass(within: trouble.delay) } catch is DeadlineExceeded {}
    }
    if closed.isOpen { throw Self.closedError }
    if isReset { throw CoreError(operation: operation, code: .connectionReset) }
  }

  private func breakConnection(_ operation: String) -> CoreError {
    isReset = true
    if let resettable = stream as? any ResettableStream {
      resettable.reset()
    } else {
      stream.close()
    }
    return CoreError(operation: operation, code: .connectionReset)
  }
}

extension FaultyStream: ResettableStream {
  /// Breaks the connection in it, and closes this stream.
  ///
  /// Where the stream in it is no ``ResettableStream`` it is closed. Does not park. Again: no
  /// effect.
  public func reset() {
    if closed.isOpen { return }
    _ = breakConnection("reset")
    close()
  }
}

@available(*, unavailable, message: "a stream stays on its scheduler's OS thread")
extension FaultyStream: Sendable {}
