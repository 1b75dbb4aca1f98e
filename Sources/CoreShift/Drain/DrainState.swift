/// Feeds a child's input and drains its outputs, on a reactor that its caller drives.
///
/// It owns the parent's ends of the pipes, not the reactor: ``register(with:)`` hands them to a
/// reactor, ``handle(_:on:)`` takes that reactor's events, and no call ever waits. No process is
/// needed, and any pipes, sockets or controlling sides of terminals will do, if they are
/// non-blocking; a terminal ends with EIO.
///
/// Both outputs share one budget of bytes. What goes over it is dropped as ``OverflowPolicy`` says,
/// so that the child is never blocked. With a sink nothing is kept, and the child is held back only
/// while the sink pauses.
///
/// One event moves a bounded number of bytes; a pipe that has more is re-armed, and the next wait
/// tells of it behind those that were ready before.
public struct DrainState: ~Copyable {
  private var input: FedPipe
  private var output: DrainedPipe
  private var error: DrainedPipe
  private var intake: OutputIntake
  private let bytesPerTurn: Int

  /// Takes over the non-blocking ends of up to three pipes.
  ///
  /// The input is closed after its last byte, so at once when there is nothing to write, unless it
  /// is to end on request. The standard output is closed once it contains the match. A sink gets
  /// every byte, whatever the limits say.
  public init(
    feeding bytes: [UInt8] = [], inputEnd: InputEnd = .afterLastByte,
    standardInput: consuming Fd? = nil,
    standardOutput: consuming Fd? = nil, standardError: consuming Fd? = nil,
    limits: DrainLimits = DrainLimits(), until match: OutputMatch? = nil,
    into sink: OutputSink? = nil
  ) {
    input = FedPipe(standardInput, bytes, inputEnd)
    output = DrainedPipe(standardOutput, .standardOutput)
    error = DrainedPipe(standardError, .standardError)
    intake = OutputIntake(limits, until: match, sink: sink)
    bytesPerTurn = max(1, limits.bytesPerTurn)
  }

  /// Whether every pipe has ended: nothing is open, held or registered any more.
  public var isDrained: Bool {
    input.end.isClosed && output.end.isClosed && error.end.isClosed && !intake.isPaused
  }

  /// Whether more was written than the limits let us keep.
  public var isTruncated: Bool { intake.store.isTruncated }

  /// Whether the standard output contained what was looked for; it was closed then, unlike one
  /// that came to its end.
  public var isMatched: Bool { intake.isMatched }

  /// Whether the sink has not taken a chunk yet; ``resume(on:)`` offers it again.
  public var isPaused: Bool { intake.isPaused }

  /// How many bytes are kept, of both outputs together; never more than the limit.
  public var retainedByteCount: Int { intake.store.retained }

  /// Registers the pipes; when that throws, none of them is.
  ///
  /// A blocking one is EINVAL (`epoll_ctl_add`): reading it to would-block would hang.
  public mutating func register(with reactor: inout Reactor) throws(CoreError) {
    try register(with: &reactor, blocking: .refused)
  }

  /// The same; those who have made the ends themselves need not have them looked at.
  mutating func register(
    with reactor: inout Reactor, blocking policy: Reactor.BlockingPolicy
  ) throws(CoreError) {
    do {
      try input.end.register(with: &reactor, blocking: policy)
      try output.end.register(with: &reactor, blocking: policy)
      try error.end.register(with: &reactor, blocking: policy)
    } catch let failure {
      unregister(from: &reactor)
      throw failure
    }
  }

  /// Unregisters what is still open, and leaves it open.
  ///
  /// To be called before this goes unfinished: a registration that outlives its descriptor cannot
  /// be removed.
  public mutating func unregister(from reactor: inout Reactor) {
    input.end.unregister(from: &reactor)
    output.end.unregister(from: &reactor)
    error.end.unregister(from: &reactor)
  }

  /// Does what an event asks for; any other one's event is ignored.
  ///
  /// A pipe that fails is unregistered and closed, the others go on, and the error is thrown. A
  /// broken input is no error: the child need not read it all.
  ///
  /// - Returns: Whether the event was for one of these pipes.
  @discardableResult
  public mutating func handle(
    _ event: Event, on reactor: inout Reactor
  ) throws(CoreError) -> Bool {
    if event.token == input.end.token {
      if event.isError || event.isHangup { input.noteReaderLeft(on: &reactor) }
      try input.takeTurn(bytesPerTurn, on: &reactor)
    } else if event.token == output.end.token {
      try output.takeTurn(bytesPerTurn, &intake, on: &reactor)
    } else if event.token == error.end.token {
      try error.takeTurn(bytesPerTurn, &intake, on: &reactor)
    } else {
      return false
    }
    return true
  }

  /// The number that an output is read from, negative once it is closed.
  func number(of stream: DrainedStream) -> Int32 {
    switch stream {
    case .standardOutput: output.end.number
    case .standardError: error.end.number
    }
  }

  /// Closes the input, whatever still waits in it.
  mutating func closeInput(on reactor: inout Reactor) {
    input.end.close(on: &reactor)
  }

  /// How many bytes of the input wait for room in the pipe.
  ///
  /// Whoever feeds stops at a bound of its own: nothing else holds it back.
  public var pendingInputByteCount: Int { input.pending }

  /// Puts more bytes behind the input, for one that ends on request, and writes what there is room
  /// for.
  ///
  /// - Returns: Whether the input is open. When it is not, because nobody reads it any more or its
  ///   end was asked for, the bytes are dropped.
  /// - Throws: `CoreError` of `write`, but for EPIPE, and EIO of a terminal, which are an end; the
  ///   input is closed.
  @discardableResult
  public mutating func feed(
    _ bytes: [UInt8], on reactor: inout Reactor
  ) throws(CoreError) -> Bool {
    guard input.isFeedable else { return false }
    input.append(bytes)
    try input.takeTurn(bytesPerTurn, on: &reactor)
    return !input.end.isClosed
  }

  /// Has the input end behind what was fed; again is fine.
  public mutating func finishInput(on reactor: inout Reactor) {
    input.finish(on: &reactor)
  }

  /// Offers the held chunk to the sink again and, once that takes it, goes on reading.
  ///
  /// Without a pause this does nothing. The pipes' readiness comes with the next wait.
  ///
  /// - Returns: Whether nothing is held any more.
  /// - Throws: `CoreError` of `epoll_ctl_mod`; the sink has taken the chunk all the same, the pipe
  ///   is closed, and the other one goes on.
  @discardableResult
  public mutating func resume(on reactor: inout Reactor) throws(CoreError) -> Bool {
    guard let stream = intake.held?.stream else { return true }
    intake.deliver()
    guard !intake.isPaused else { return false }
    if intake.isSatisfied(by: stream) { output.end.close(on: &reactor) }
    var failure: CoreError?
    do throws(CoreError) { try output.end.rearm(on: &reactor) } catch { failure = error }
    // Its edge was used up during the pause, whatever has become of the other.
    do throws(CoreError) { try error.end.rearm(on: &reactor) } catch { failure = failure ?? error }
    if let failure { throw failure }
    return true
  }

  /// Closes every pipe, after reading what the outputs hold already.
  ///
  /// For outputs that somebody else keeps open. At most the largest size of an ordinary pipe is
  /// read of each, in case that somebody is still writing. A sink that pauses keeps the outputs
  /// open: call this again when it has resumed.
  ///
  /// - Returns: Whether a pipe was closed before its end.
  /// - Throws: `CoreError` of `read`; that pipe is closed, and the other one was read.
  @discardableResult
  public mutating func finish(on reactor: inout Reactor) throws(CoreError) -> Bool {
    var isCut = !input.end.isClosed
    input.end.close(on: &reactor)
    guard !intake.isPaused else { return isCut }
    let largestPipe = 1 << 20
    var failure: CoreError?
    if !output.end.isClosed {
      // What the other one holds is read all the same.
      do { try output.takeTurn(largestPipe, &intake, on: &reactor) } catch { failure = error }
    }
    if !error.end.isClosed, !intake.isPaused {
      do { try error.takeTurn(largestPipe, &intake, on: &reactor) } catch { failure = error }
    }
    if !intake.isPaused {
      isCut = isCut || !output.end.isClosed || !error.end.isClosed
      output.end.close(on: &reactor)
      error.end.close(on: &reactor)
    }
    if let failure { throw failure }
    return isCut
  }

  /// What was kept so far, complete or not; a chunk that a sink has not taken is lost.
  public consuming func takeOutput() -> DrainedOutput {
    let isTruncated = intake.store.isTruncated
    let isMatched = intake.isMatched
    let kept = intake.store.takeBytes()
    return DrainedOutput(
      standardOutput: kept.output, standardError: kept.error, isTruncated: isTruncated,
      isMatched: isMatched)
  }
}

@available(*, unavailable, message: "a drain may hold closures of its loop")
extension DrainState: Sendable {}
