/// What a read that does not wait came to.
@frozen
public enum ReadOutcome: Hashable, Sendable {
  /// So many bytes were read: at least one, unless the buffer was empty.
  case bytes(Int)
  /// Nothing now; readiness to read tells when there is.
  case wouldBlock
  /// Nothing now or later: the other side has closed, or the file ends here.
  case end
}

/// What a write that does not wait came to.
@frozen
public enum WriteOutcome: Hashable, Sendable {
  /// So many bytes were taken, from the start; perhaps fewer than were offered.
  case bytes(Int)
  /// No room now; readiness to write tells when there is.
  case wouldBlock
}

/// What taking from, or adding to, a kernel counter came to.
@frozen
public enum CountOutcome: Hashable, Sendable {
  /// So much was taken or added.
  case count(UInt64)
  /// The counter is zero (taking) or too near its maximum (adding).
  case wouldBlock
}
