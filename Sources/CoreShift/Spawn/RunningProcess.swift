/// A process and its pipes, or its terminal, on a reactor that its caller drives.
///
/// ```swift
/// var running = try RunningProcess(spawning: options)
/// try running.register(with: &reactor)
/// while try !running.pollCompletion(on: &reactor) {
///   try reactor.wait(into: &events, upTo: 64, for: running.timeUntilDeadline)
///   for event in events { try running.handle(event, on: &reactor) }
/// }
/// let output = running.takeOutput()
/// ```
///
/// Nothing here waits, and nothing happens outside these calls. Without a timeout, no call of
/// ``pollCompletion(on:)`` is needed until ``isDrained``.
///
/// One that goes unfinished ends its process, as ``RunPolicy/onDrop`` says; unregister first.
public struct RunningProcess: ~Copyable {
  /// How far ending the process has come.
  enum Ending {
    case notBegun
    /// TERM was sent; the grace may still run.
    case requested
    /// KILL was sent.
    case killed
  }

  var process: ProcessDescriptor
  var drain: DrainState
  let policy: RunPolicy
  /// As which output its terminal is drained; nil without one.
  let terminalStream: DrainedStream?
  /// Whether its input is that terminal, too.
  let readsTerminal: Bool
  var processToken: Token?
  var ending = Ending.notBegun
  /// The pidfd said so; it may not have been reaped yet.
  var hasExited = false
  /// Times of the monotonic clock, in nanoseconds.
  let startedAt: Int64
  var endedAt: Int64?
  var timeoutAt: Int64?
  var killAt: Int64?
  /// When to look again whether the group that is in its grace has gone.
  var lookAt: Int64?
  var pauses = GrowingPause.betweenLooks
  var zombies = ZombieCheck()
  var closeAt: Int64?

  /// Whether the time was over before the process ended.
  public internal(set) var hasTimedOut = false
  /// Whether somebody else still held the pipes when they were closed here.
  public internal(set) var hasLingered = false

  /// Spawns, and takes charge of the pipes; the timeout runs from here.
  ///
  /// A terminal is drained as the output that it is; as the standard output if it is both, and as
  /// the one that is no pipe if it is the input alone. Where both outputs are pipes nobody would
  /// read it: EINVAL, as is a policy with nothing to act on. A match, or a descriptor that
  /// fails, hangs the terminal up.
  ///
  /// It throws what ``SpawnOptions/spawn()`` does: the step, the errno and its subject; and
  /// `fcntl_dupfd_cloexec` where a terminal is to be fed. Then no process, zombie or descriptor is
  /// left.
  public init(
    spawning options: SpawnOptions, policy: RunPolicy = RunPolicy()
  ) throws(CoreError) {
    startedAt = SystemCall.monotonicNanoseconds()
    timeoutAt = policy.timeout.map(RunningProcess.moment)
    var spawned = try options.spawn(feeding: policy)
    drain = DrainState(
      feeding: policy.input, inputEnd: policy.inputEnd,
      standardInput: spawned.standardInput.take(),
      standardOutput: spawned.standardOutput.take(), standardError: spawned.standardError.take(),
      limits: policy.limits, until: policy.match, into: policy.sink)
    process = spawned.process
    process.dropPolicy = policy.onDrop
    self.policy = policy
    terminalStream = options.terminalStream
    readsTerminal = options.standardInput == .terminal
  }

  /// The process's number, also after its end.
  public var pid: Int32 { process.pid }

  /// Whether all pipes have ended; the process may still run.
  public var isDrained: Bool { drain.isDrained }

  /// Whether the process has ended and was reaped, all pipes have ended, and a graceful end is over
  /// for its whole group.
  public var isFinished: Bool { process.exit != nil && drain.isDrained && !isGroupInGrace }

  /// How it ended, once it has.
  public var exit: ExitReport? { process.exit }

  /// Whether it wrote more than the limits let us keep.
  public var isTruncated: Bool { drain.isTruncated }

  /// Whether its output contained what was looked for.
  public var isMatched: Bool { drain.isMatched }

  /// Whether the sink has not taken a chunk yet: nothing is read until ``resume(on:)``.
  public var isPaused: Bool { drain.isPaused }

  /// How long a wait may take until ``pollCompletion(on:)`` has something to do; nil for ever.
  public var timeUntilDeadline: Duration? {
    guard let next = nextDeadline else { return nil }
    return .nanoseconds(max(0, next - SystemCall.monotonicNanoseconds()))
  }

  /// When ``pollCompletion(on:)`` has something to do, in nanoseconds of ``MonotonicTime``; nil
  /// for never.
  ///
  /// For loops that arm one timer for many processes; ``timeUntilDeadline`` says the same.
  public var nextDeadline: Int64? {
    // A paused sink gets its pipes' rest, however long it takes.
    let moments = [timeoutAt, killAt, lookAt, drain.isPaused ? nil : closeAt]
    return moments.compactMap { $0 }.min()
  }

  /// The monotonic time after a duration from now, far away at most.
  static func moment(after duration: Duration) -> Int64 {
    let (sum, overflow) = SystemCall.monotonicNanoseconds()
      .addingReportingOverflow(max(0, duration.nanosecondsRoundedUp))
    return overflow ? .max : sum
  }

  /// Registers the pipes and the pidfd; when that throws, none of them is.
  public mutating func register(with reactor: inout Reactor) throws(CoreError) {
    try drain.register(with: &reactor, blocking: .allowed)
    do {
      processToken = try reactor.register(
        process.descriptor, for: .reading, blocking: .allowed)
    } catch {
      drain.unregister(from: &reactor)
      throw error
    }
  }

  /// Unregisters what still is, to give the process up.
  public mutating func unregister(from reactor: inout Reactor) {
    drain.unregister(from: &reactor)
    unregisterProcess(from: &reactor)
  }

  mutating func unregisterProcess(from reactor: inout Reactor) {
    guard let token = processToken.take() else { return }
    // The token is gone even when the kernel disagrees: then there was nothing to undo.
    try? reactor.unregister(token)
  }

  /// How many bytes of the input wait for room in the pipe: the bound is the feeder's.
  public var pendingInputByteCount: Int { drain.pendingInputByteCount }

  /// Gives the process more input, if ``RunPolicy/inputEnd`` is on request.
  ///
  /// - Returns: Whether the input is open; else the bytes are dropped.
  /// - Throws: `CoreError` of `write`; the input is closed then.
  @discardableResult
  public mutating func feed(
    _ bytes: [UInt8], on reactor: inout Reactor
  ) throws(CoreError) -> Bool {
    try drain.feed(bytes, on: &reactor)
  }

  /// Has the input end behind what was fed; again is fine.
  public mutating func finishInput(on reactor: inout Reactor) throws(CoreError) {
    drain.finishInput(on: &reactor)
    try settle(on: &reactor)
  }

  /// Signals the process, or its group; one that has ended is fine, and no group that it leads or
  /// has joined is EINVAL.
  ///
  /// `pidfd_send_signal`, as ``ProcessDescriptor/send(_:to:)`` says.
  public borrowing func send(
    _ signal: Signal, to target: ProcessDescriptor.SignalTarget = .process
  ) throws(CoreError) {
    try process.send(signal, to: target)
  }

  /// What was kept, with everything that is known of the end.
  ///
  /// Complete once ``isFinished``; taken earlier, the process is ended, and must have been
  /// unregistered.
  public consuming func takeOutput() -> ProcessOutput {
    let exit = process.exit
    let runTime = endedAt.map { Duration.nanoseconds($0 - startedAt) }
    let hasTimedOut = hasTimedOut
    let hasLingered = hasLingered
    let drained = drain.takeOutput()
    return ProcessOutput(
      standardOutput: drained.standardOutput, standardError: drained.standardError, exit: exit,
      runTime: runTime, isTruncated: drained.isTruncated, isMatched: drained.isMatched,
      hasTimedOut: hasTimedOut, hasLingered: hasLingered)
  }

  /// Gives the process up alive: closes its pipes and hands its owner over.
  ///
  /// Must have been unregistered. A child that writes to a closed pipe gets SIGPIPE.
  public consuming func detach() -> ProcessDescriptor { process }
}

@available(*, unavailable, message: "a running process may hold closures of its loop")
extension RunningProcess: Sendable {}
