extension Reactor {
  /// What registering does with a descriptor whose calls would wait.
  @frozen
  public enum BlockingPolicy: Hashable, Sendable {
    /// It is ``ErrorCode/invalidArgument``: draining to would-block would hang the OS thread.
    case refused
    /// It is registered, unseen; one system call less. For descriptors that are never drained by
    /// reading (pidfds), and for those known to be non-blocking.
    case allowed
  }

  /// Learns a descriptor, edge-triggered; readiness that exists already is told by the next wait.
  ///
  /// `epoll_ctl(EPOLL_CTL_ADD)`, and before it `F_GETFL` unless a blocking one is allowed. The
  /// descriptor must stay open until its token is unregistered. Registered already is
  /// ``ErrorCode/alreadyExists``; a regular file, which is always ready,
  /// ``ErrorCode/notPermitted``.
  public mutating func register(
    _ descriptor: borrowing Fd, for interest: Interest, blocking policy: BlockingPolicy = .refused
  ) throws(CoreError) -> Token {
    if policy == .refused, try descriptor.blockingMode == .blocking {
      throw CoreError(
        operation: "epoll_ctl_add", code: .invalidArgument,
        subject: .descriptor(descriptor.rawValue))
    }
    return try register(
      rawDescriptor: descriptor.rawValue, rawFlags: interest.edgeTriggeredFlags)
  }

  /// Learns an interrupter; each ``Interrupter/interrupt()`` then ends a wait with an event.
  public mutating func register(_ interrupter: Interrupter) throws(CoreError) -> Token {
    try register(interrupter.event.descriptor, for: .reading, blocking: .allowed)
  }

  /// Learns a timer; it is readable once it has fired.
  public mutating func register(_ timer: borrowing TimerDescriptor) throws(CoreError) -> Token {
    try register(timer.descriptor, for: .reading, blocking: .allowed)
  }

  /// Learns a counter; it is readable while the count is above zero.
  public mutating func register(_ event: borrowing EventDescriptor) throws(CoreError) -> Token {
    try register(event.descriptor, for: .reading, blocking: .allowed)
  }

  /// Learns a source of signals; it is readable while one is pending.
  public mutating func register(_ signals: borrowing SignalDescriptor) throws(CoreError) -> Token {
    try register(signals.descriptor, for: .reading, blocking: .allowed)
  }

  /// Learns watches of the file system; they are readable while there is something to take.
  public mutating func register(_ watches: borrowing Watches) throws(CoreError) -> Token {
    try register(watches.descriptor, for: .reading, blocking: .allowed)
  }
}
