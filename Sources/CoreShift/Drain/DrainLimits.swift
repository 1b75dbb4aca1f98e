/// What is kept of an output that passes its limit.
///
/// The child is never held back by a limit: whatever is not kept is read and dropped. Ending it is
/// another matter: ``RunPolicy/onOverflow``.
public enum OverflowPolicy: Hashable, Sendable {
  /// The first bytes; what comes later is dropped.
  case keepHead
  /// The last bytes; the oldest ones make room.
  ///
  /// Where both outputs share the limit, the one that holds more gives way, so that an endless
  /// output cannot push out the other's few lines: each keeps at least its half, if it fills it.
  /// Up to four times the limit is allocated.
  case keepTail
  /// Nothing, because a part would be useless; what was kept before is given up, too.
  case discard
}

/// How much of a child's output is kept, and how much work one event may be.
public struct DrainLimits: Hashable, Sendable {
  /// The most bytes that are kept of both outputs together, at every moment; 0 keeps none.
  public var byteLimit: Int
  /// The most bytes that are kept of the standard output; nil leaves it to ``byteLimit``.
  public var standardOutputLimit: Int?
  /// The most bytes that are kept of the standard error; nil leaves it to ``byteLimit``.
  public var standardErrorLimit: Int?
  /// What is kept when there is more.
  public var overflow: OverflowPolicy
  /// The most bytes that one event moves through one pipe, so that an endless producer starves
  /// nobody; what is left comes with the next wait.
  public var bytesPerTurn: Int

  /// Keeps the first MiB, and moves 512 KiB in a turn, unless told otherwise.
  public init(
    byteLimit: Int = 1 << 20, bytesPerTurn: Int = 1 << 19, overflow: OverflowPolicy = .keepHead
  ) {
    self.byteLimit = max(0, byteLimit)
    self.bytesPerTurn = max(1, bytesPerTurn)
    self.overflow = overflow
  }

  /// The most bytes of one output, whatever the other one holds.
  func limit(of stream: DrainedStream) -> Int {
    let own =
      switch stream {
      case .standardOutput: standardOutputLimit
      case .standardError: standardErrorLimit
      }
    return max(0, min(own ?? byteLimit, byteLimit))
  }
}
