/// Signals as something to read: a signalfd, non-blocking and close-on-exec.
///
/// The signals are blocked in the OS thread that makes this, and in those that it starts later.
/// A signal sent to the process goes to any thread that does not block it, and acts there as
/// usual: make this before other threads start. What was sent to one thread can be taken there
/// alone.
///
/// A second source for the same signal is possible, and of little use: each arrives at one of them.
///
/// The end of this unblocks, in the thread that made it and only there, what it blocked itself.
/// What is still pending is then delivered, and may end the process. Ended on another thread, it
/// leaves every mask as it is.
public struct SignalDescriptor: ~Copyable, Sendable {
  /// The descriptor, to register with a reactor for reading.
  public let descriptor: Fd
  private let blocked: UInt64
  private let thread: Int32

  /// Blocks the signals in the calling OS thread (`rt_sigprocmask`), then makes the descriptor
  /// (`signalfd4`).
  ///
  /// EINVAL for none at all, ``Signal/kill``, ``Signal/stop``, and what is no signal or is kept by
  /// the C library (32 and 33). When this throws, the mask is what it was. A child that is spawned
  /// starts with an empty mask all the same.
  public init(_ signals: [Signal]) throws(CoreError) {
    var set: UInt64 = 0
    for signal in signals {
      guard 1...64 ~= signal.rawValue, signal != .kill, signal != .stop else {
        throw CoreError(
          operation: "signalfd", code: .invalidArgument, subject: .argument("signals"))
      }
      set |= 1 << UInt64(signal.rawValue - 1)
    }
    let (result, blocked) = SystemCall.signalDescriptor(set)
    descriptor = Fd(owning: try check(result, "signalfd", .argument("signals")))
    self.blocked = blocked
    thread = SystemCall.threadIdentifier()
  }

  deinit {
    unblock()
  }

  /// Takes one pending signal, of the lowest number first; nil when there is none now.
  ///
  /// A signal below 32 that is sent again before it was taken arrives once.
  public borrowing func take() throws(CoreError) -> SignalDelivery? {
    let number = descriptor.rawValue
    let (result, delivery) = SystemCall.takeSignal(number)
    guard result != -ErrorCode.wouldBlock.rawValue else { return nil }
    try check(result, "read", .descriptor(number))
    return delivery
  }

  private borrowing func unblock() {
    guard blocked != 0, thread == SystemCall.threadIdentifier() else { return }
    SystemCall.unblockSignals(blocked)
  }
}

extension Signal {
  /// Sends it to this process once more, after it was taken, to act as it does now (`kill`).
  package func raise() {
    SystemCall.raise(rawValue)
  }

  /// Ends this process as the signal does by default, so that the parent sees it as the cause.
  ///
  /// For a tool that cleans up after TERM or INT and then ends of it. Nothing more runs: no
  /// deinit, no exit handler, no flush. A signal that does not end a process by default ends it
  /// with code 128 + number.
  public func endProcess() -> Never {
    SystemCall.endProcess(by: rawValue)
  }
}
