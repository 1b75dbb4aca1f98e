/// Feeds a child's input and drains its outputs, on a reactor that its caller drives.
///
/// It owns the parent's ends of the pipes, not the reactor: ``register(with:)`` hands them to a
/// reactor, ``handle(_:on:)`` takes that reactor's events, and no call ever waits. Any pipes will
/// do; no process is needed.
///
/// Both outputs share one budget of bytes. What goes over it is read and dropped, so that the
/// child is never blocked. One event moves a bounded number of bytes; a pipe that has more is
/// re-armed, and the next wait tells of it behind those that were ready before.
public struct DrainState: ~Copyable {
  private var input: FedPipe
  private var output: DrainedPipe
  private var error: DrainedPipe
  private var budget: OutputBudget
  private var search: OutputSearch?
  /// Standard error is not searched.
  private var noSearch: OutputSearch?
  private let bytesPerTurn: Int

  /// Takes over the non-blocking ends of up to three pipes.
  ///
  /// The input is closed after its last byte, so at once when there is nothing to write. The
  /// standard output is closed once it contains the match.
  public init(
    feeding bytes: [UInt8] = [], standardInput: consuming Fd? = nil,
    standardOutput: consuming Fd? = nil, standardError: consuming Fd? = nil,
    limits: DrainLimits = DrainLimits(), until match: OutputMatch? = nil
  ) {
    input = FedPipe(standardInput, bytes)
    output = DrainedPipe(standardOutput)
    error = DrainedPipe(standardError)
    budget = OutputBudget(byteLimit: limits.byteLimit)
    bytesPerTurn = limits.bytesPerTurn
    search = match.map(OutputSearch.init)
  }

  /// Whether every pipe has ended: nothing is open and nothing is registered any more.
  public var isDrained: Bool {
    input.end.isClosed && output.end.isClosed && error.end.isClosed
  }

  /// Whether more was written than the limit let us keep.
  public var isTruncated: Bool { budget.isExceeded }

  /// Whether the standard output contained what was looked for; it was closed then.
  public var isMatched: Bool { search?.isFound ?? false }

  /// How many bytes are kept, of both outputs together; never more than the limit.
  public var retainedByteCount: Int { budget.retained }

  /// Registers the pipes; when that throws, none of them is.
  public mutating func register(with reactor: inout Reactor) throws(CoreError) {
    do {
      try input.end.register(with: &reactor)
      try output.end.register(with: &reactor)
      try error.end.register(with: &reactor)
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
      try input.takeTurn(bytesPerTurn, on: &reactor)
    } else if event.token == output.end.token {
      try output.takeTurn(bytesPerTurn, &budget, &search, on: &reactor)
    } else if event.token == error.end.token {
      try error.takeTurn(bytesPerTurn, &budget, &noSearch, on: &reactor)
    } else {
      return false
    }
    return true
  }

  /// Closes every pipe, after reading what the outputs hold already.
  ///
  /// For outputs that somebody else keeps open. At most the largest size of an ordinary pipe is
  /// read of each, in case that somebody is still writing.
  public mutating func finish(on reactor: inout Reactor) throws(CoreError) {
    input.end.close(on: &reactor)
    defer {
      output.end.close(on: &reactor)
      error.end.close(on: &reactor)
    }
    let largestPipe = 1 << 20
    if !output.end.isClosed { try output.takeTurn(largestPipe, &budget, &search, on: &reactor) }
    if !error.end.isClosed { try error.takeTurn(largestPipe, &budget, &noSearch, on: &reactor) }
  }

  /// What was kept so far, complete or not.
  public consuming func takeOutput() -> DrainedOutput {
    DrainedOutput(
      standardOutput: output.bytes, standardError: error.bytes,
      isTruncated: budget.isExceeded, isMatched: search?.isFound ?? false)
  }
}
