extension Socket {
  /// What closing a TCP connection does with it.
  public enum Closing: Hashable, Sendable {
    /// What was sent is delivered behind the caller's back, and then the end.
    ///
    /// Unless bytes that came have not been received: then the peer is reset.
    case orderly
    /// The peer is reset (ECONNRESET there), and what has not left yet is dropped.
    ///
    /// `SO_LINGER` of zero seconds. More seconds are not offered: the kernel would hold the OS
    /// thread in `close` for them, non-blocking or not.
    case reset
  }

  /// When a silent connection is probed, and when it is given up.
  public struct KeepAlive: Hashable, Sendable {
    /// How long the peer may be silent; whole seconds, rounded up, from 1 to 32,767.
    public var idle: Duration
    /// How long each probe waits for its answer, likewise.
    public var interval: Duration
    /// How many probes may stay unanswered, from 1 to 127.
    public var probes: Int

    /// Times that are checked when they are set.
    public init(idle: Duration, interval: Duration, probes: Int) {
      self.idle = idle
      self.interval = interval
      self.probes = probes
    }
  }

  /// How a socket is to be set up: a value to fill in.
  ///
  /// An array of switches is one, too: `[.reusePort, .noDelay]`. Everything is set before the
  /// socket is bound or connected, as some of it must be, and passes from a listener to what it
  /// accepts, but for the switches that are about addresses.
  public struct Options: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// What is switched on.
    public var switches: [Option]
    /// Probes of silent connections; those of the system (after two hours) when only
    /// ``Option/keepAlive`` is on.
    public var keepAlive: KeepAlive?
    /// How many bytes may wait to be sent; see ``Socket/setSize(of:to:on:)``.
    public var sendingBuffer: Int?
    /// How many bytes may wait to be received.
    public var receivingBuffer: Int?
    /// What closing does with a connection.
    public var closing = Closing.orderly

    /// The system's own settings, but for what is switched on.
    public init(_ switches: [Option] = []) {
      self.switches = switches
    }

    /// Switches alone.
    public init(arrayLiteral elements: Option...) {
      switches = elements
    }
  }

  /// Sets up what `options` name, and leaves the rest as it is.
  ///
  /// - Throws: `CoreError` of `setsockopt`, for an option that this kind of socket does not have;
  ///   those before it are set.
  public static func configure(
    _ socket: borrowing Fd, with options: Options
  ) throws(CoreError) {
    for option in options.switches { try enable(option, on: socket) }
    if let times = options.keepAlive {
      try enableKeepAlive(
        after: times.idle, every: times.interval, probes: times.probes, on: socket)
    }
    if let size = options.sendingBuffer { try setSize(of: .sending, to: size, on: socket) }
    if let size = options.receivingBuffer { try setSize(of: .receiving, to: size, on: socket) }
    if options.closing == .reset { try setClosing(.reset, of: socket) }
  }

  /// What closing will do with the connection; `SO_LINGER`.
  public static func setClosing(
    _ closing: Closing, of socket: borrowing Fd
  ) throws(CoreError) {
    let number = socket.rawValue
    try check(
      SystemCall.setResetOnClose(number, closing == .reset), "setsockopt", .descriptor(number))
  }

  /// What closing would do with the connection.
  public static func closing(of socket: borrowing Fd) throws(CoreError) -> Closing {
    let number = socket.rawValue
    let isReset = try check(SystemCall.resetOnClose(number), "getsockopt", .descriptor(number))
    return isReset != 0 ? .reset : .orderly
  }

  /// What a socket needs before it is bound to an address of `family`.
  ///
  /// The system's default for IPv6 sockets is a setting (`bindv6only`), so it is always set.
  static func prepareToBind(
    _ socket: borrowing Fd, _ family: SocketAddress.Family, _ options: Options
  ) throws(CoreError) {
    if family == .v6 && !options.switches.contains(.dualStack) {
      try disable(.dualStack, on: socket)
    }
    try configure(socket, with: options)
  }
}
