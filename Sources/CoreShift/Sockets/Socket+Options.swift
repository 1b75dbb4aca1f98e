extension Socket {
  /// A switch of a socket, off at first.
  public enum Option: Hashable, Sendable {
    /// Small writes are sent at once instead of waiting for more (`TCP_NODELAY`).
    case noDelay
    /// An address that old connections still use may be bound (`SO_REUSEADDR`).
    case reuseAddress
    /// Several sockets of one user listen on one address, and the kernel spreads the connections
    /// or datagrams over them (`SO_REUSEPORT`); to be set on each before it is bound.
    case reusePort
    /// A peer that has gone without a word is noticed (`SO_KEEPALIVE`), by default after hours;
    /// ``enableKeepAlive(after:every:probes:on:)`` sets the times, too.
    case keepAlive
    /// A datagram socket may send to a broadcast address (`SO_BROADCAST`).
    case broadcast
    /// An IPv6 socket carries IPv4, too, with addresses such as `::ffff:192.0.2.1`
    /// (`IPV6_V6ONLY` off); to be set before it is bound.
    ///
    /// A socket that is bound here takes IPv6 only unless this is among its options.
    case dualStack
  }

  /// One of the two queues that a socket has in the kernel.
  public enum Buffer: Hashable, Sendable {
    /// What was sent and has not left yet (`SO_SNDBUF`).
    case sending
    /// What has come and was not received yet (`SO_RCVBUF`).
    case receiving
  }

  /// Switches an option on; one that the socket's kind does not have is an error of `setsockopt`.
  public static func enable(_ option: Option, on socket: borrowing Fd) throws(CoreError) {
    try set(option, to: 1, on: socket)
  }

  /// Switches an option off, by `setsockopt`.
  public static func disable(_ option: Option, on socket: borrowing Fd) throws(CoreError) {
    try set(option, to: 0, on: socket)
  }

  /// Whether an option is on; `getsockopt`.
  public static func isEnabled(
    _ option: Option, on socket: borrowing Fd
  ) throws(CoreError) -> Bool {
    let number = socket.rawValue
    let value = try check(
      SystemCall.option(number, option.number), "getsockopt", .descriptor(number))
    return (value != 0) != option.isInverted
  }

  /// Sends small writes at once instead of waiting for more (`TCP_NODELAY`).
  public static func setNoDelay(_ socket: borrowing Fd) throws(CoreError) {
    try enable(.noDelay, on: socket)
  }

  /// Has the kernel probe a silent TCP connection, and give it up with ETIMEDOUT.
  ///
  /// - Parameters:
  ///   - idle: how long the peer may be silent before it is probed; whole seconds, rounded up,
  ///     from 1 to 32,767.
  ///   - interval: how long each probe waits for its answer, likewise.
  ///   - probes: how many may stay unanswered, from 1 to 127.
  ///   - socket: a TCP socket.
  /// - Throws: `CoreError` of `setsockopt`: EINVAL for numbers outside these ranges.
  public static func enableKeepAlive(
    after idle: Duration, every interval: Duration, probes: Int, on socket: borrowing Fd
  ) throws(CoreError) {
    let number = socket.rawValue
    try check(
      SystemCall.setKeepAlive(
        number, idle: wholeSeconds(idle), interval: wholeSeconds(interval),
        probes: Int32(clamping: probes)), "setsockopt", .descriptor(number))
  }

  /// Asks for a buffer of so many bytes.
  ///
  /// The kernel doubles it for its own bookkeeping, and keeps it between a minimum and
  /// `net.core.wmem_max` or `rmem_max`, without an error.
  /// Below 0 is EINVAL. Set a listener's before it listens.
  public static func setSize(
    of buffer: Buffer, to byteCount: Int, on socket: borrowing Fd
  ) throws(CoreError) {
    let number = socket.rawValue
    // To the kernel it would be the largest of all.
    guard byteCount >= 0 else {
      throw CoreError(
        operation: "setsockopt", code: .invalidArgument, subject: .descriptor(number))
    }
    try check(
      SystemCall.setOption(number, buffer.number, Int32(clamping: byteCount)), "setsockopt",
      .descriptor(number))
  }

  /// The size of a buffer in bytes, as the kernel counts: about twice what was asked for.
  public static func size(of buffer: Buffer, on socket: borrowing Fd) throws(CoreError) -> Int {
    let number = socket.rawValue
    return Int(
      try check(SystemCall.option(number, buffer.number), "getsockopt", .descriptor(number)))
  }

  private static func set(
    _ option: Option, to value: Int32, on socket: borrowing Fd
  ) throws(CoreError) {
    let number = socket.rawValue
    let value = option.isInverted ? 1 - value : value
    try check(
      SystemCall.setOption(number, option.number, value), "setsockopt", .descriptor(number))
  }

  private static func wholeSeconds(_ duration: Duration) -> Int32 {
    let (seconds, attoseconds) = duration.components
    let whole = Int32(clamping: seconds)
    return attoseconds > 0 && whole < .max ? whole + 1 : whole
  }
}

extension Socket.Option {
  /// The kernel's switch is the opposite.
  fileprivate var isInverted: Bool { self == .dualStack }
}
