public import CoreShift
internal import GreenThreads

/// A child on a terminal of its own: what it prints is read here, and what is written here it reads
/// as typed.
///
/// The child leads a new session whose controlling terminal this is, so that programs for people
/// run as they would for one: `isatty` is true, a 3 (`^C`) interrupts the foreground group, and a
/// new size reaches it as SIGWINCH. The terminal echoes what is written, and ends printed lines
/// with CR LF.
///
/// The end comes when no process has the terminal open any more.
public final class TerminalSession: DuplexStream {
  /// The child, to wait for and to signal; its own streams are none.
  public let child: ChildProcess
  private var terminal: HeldTerminal?
  private let descriptor: Descriptor

  /// Starts a command on a new terminal, which is all its streams, whatever the command says of
  /// them.
  ///
  /// Does not park.
  ///
  /// - Parameters:
  ///   - command: what to run; its backend must not be `posixSpawn`, which is ENOSYS.
  ///   - size: how many characters the terminal shows at first.
  /// - Throws: `CoreError`, as ``Command/start()``; `Cancelled`; nothing is left behind.
  public init(
    _ command: Command, size: TerminalSize = TerminalSize(rows: 24, columns: 80)
  ) throws {
    try GreenThread.checkCancellation()
    try EndingRules.requireNoneNegative(command.timeout, command.grace, command.linger)
    let startTime = Instant.now
    var spawned = try command.spawn(for: .current(for: "TerminalSession")) { options in
      options.standardInput = .terminal
      options.standardOutput = .terminal
      options.standardError = .terminal
      options.terminalSize = size
      options.session = .own
      options.processGroup = .inherit
      options.controllingTerminal = 0
    }
    guard let terminal = spawned.terminal.take() else {
      fatalError("a process was spawned without the terminal that it was to have")
    }
    descriptor = try Descriptor(watching: terminal.descriptor.rawValue)
    self.terminal = HeldTerminal(terminal)
    child = try ChildProcess(spawnedAt: startTime, spawned, of: command)
  }

  deinit {
    // The number is closed behind it, which the event loop would not learn.
    descriptor.close { [terminal] in withExtendedLifetime(terminal) {} }
  }

  /// Reads what the child has printed, waiting until there is something; 0 at the end.
  ///
  /// Parks.
  ///
  /// - Throws: `CoreError` of `read`; `Cancelled`; `ResourceClosed`; `ResourceBusy`.
  public func read(into buffer: inout MutableRawSpan) throws -> Int {
    if buffer.byteCount == 0 { return 0 }
    // SAFETY: the memory is lent for the length of the call.
    return try unsafe buffer.withUnsafeMutableBytes { bytes in
      try descriptor.readLoop(upTo: bytes.count) { descriptor throws(CoreError) in
        do throws(CoreError) {
          return try unsafe descriptor.read(into: bytes)
        } catch {
          // So the kernel tells that nobody has the other end open.
          guard error.code == .inputOutput else { throw error }
          return .end
        }
      } ?? 0
    }
  }

  /// Types as many of `bytes` as there is room for, at least one, waiting until there is.
  ///
  /// Parks. A line that the child does not read holds at most 4095 bytes, and a longer one is cut
  /// by the terminal.
  ///
  /// - Throws: `CoreError` of `write`, EIO once nobody has the terminal open; `Cancelled`;
  ///   `ResourceClosed`; `ResourceBusy`.
  public func writeSome(_ bytes: RawSpan) throws -> Int {
    try descriptor.writeSome(bytes)
  }

  /// Types as many of two pieces as there is room for, by one system call.
  ///
  /// Parks.
  public func writeSome(_ first: RawSpan, then second: RawSpan) throws -> Int {
    try descriptor.writeSome(first, then: second)
  }

  /// Types as many of the pieces as there is room for, up to 32 of them by one system call.
  ///
  /// Parks.
  public func writeSome(gathering pieces: [[UInt8]], behind taken: Int) throws -> Int {
    try descriptor.writeSome(gathering: pieces, behind: taken)
  }

  /// A terminal has one end for both directions: ``close()``, or `^D` (a 4), which the child reads
  /// as the end.
  ///
  /// - Throws: `CoreError` of `shutdown`, ENOTSOCK; `ResourceClosed`.
  public func shutdownWrite() throws { try descriptor.shutdownWrite() }

  /// How large it is, as the child may have changed it.
  ///
  /// - Throws: `ResourceClosed`; `CoreError` of `ioctl`.
  public var size: TerminalSize {
    get throws {
      guard let terminal else { throw closedError }
      return try terminal.end.size()
    }
  }

  /// Makes it another size, of which the foreground group learns by SIGWINCH.
  ///
  /// Does not park.
  ///
  /// - Throws: `ResourceClosed`; `CoreError` of `ioctl`.
  public func resize(to size: TerminalSize) throws {
    guard let terminal else { throw closedError }
    try terminal.end.setSize(size)
  }

  /// Hangs up: the session gets SIGHUP, and whoever is parked here `ResourceClosed`.
  ///
  /// Again: no effect. Does not park.
  public func close() {
    let ended = terminal.take()
    descriptor.close { withExtendedLifetime(ended) {} }
  }

  private var closedError: ResourceClosed { ResourceClosed("a terminal") }
}

/// This program's end, closed when this goes.
private final class HeldTerminal {
  let end: PseudoTerminal

  init(_ end: consuming PseudoTerminal) {
    self.end = end
  }
}

@available(*, unavailable, message: "a session stays on its scheduler's OS thread")
extension TerminalSession: Sendable {}
