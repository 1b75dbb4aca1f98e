/// A counter in the kernel that a reactor can watch: an eventfd.
///
/// Readable while the count is above zero. Any thread may add. Non-blocking and close-on-exec.
@frozen
public struct EventDescriptor: ~Copyable, Sendable {
  /// What ``EventDescriptor/take()`` takes.
  @frozen
  public enum Style: Hashable, Sendable {
    /// All of the count at once.
    case counter
    /// One at a time.
    case semaphore
  }

  /// The descriptor, to register with a reactor.
  public let descriptor: Fd

  /// Makes a counter that starts at `initialCount`; `eventfd(2)`.
  public init(initialCount: UInt32 = 0, _ style: Style = .counter) throws(CoreError) {
    descriptor = try Fd(
      result: SystemCall.eventDescriptor(initialCount, isSemaphore: style == .semaphore), "eventfd")
  }

  /// Adds to the count, and makes the descriptor readable.
  ///
  /// Would-block when the sum would pass 2^64 - 2; nothing is added then. `UInt64.max` itself is
  /// ``ErrorCode/invalidArgument``.
  @discardableResult
  public borrowing func add(_ count: UInt64) throws(CoreError) -> CountOutcome {
    let number = descriptor.rawValue
    return try CountOutcome(
      result: SystemCall.writeCounter(number, count), count, "write", number)
  }

  /// Takes the count (or one of it, as ``Style`` says); would-block when it is zero.
  ///
  /// One `read(2)` of eight bytes; fewer are ``ErrorCode/inputOutput``.
  public borrowing func take() throws(CoreError) -> CountOutcome {
    let number = descriptor.rawValue
    let (result, value) = SystemCall.readCounter(number)
    return try CountOutcome(result: result, value, "read", number)
  }
}
