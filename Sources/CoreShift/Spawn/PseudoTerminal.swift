internal import CCoreShift

/// How many characters a terminal shows; 0 means that nobody knows.
public struct TerminalSize: Hashable, Sendable {
  /// The lines.
  public var rows: UInt16
  /// The characters of a line.
  public var columns: UInt16

  /// A size in characters.
  public init(rows: UInt16, columns: UInt16) {
    self.rows = rows
    self.columns = columns
  }
}

/// This process's end of a pseudo-terminal, of which a child has the other one.
///
/// What the child prints is read here, and what is written here the child reads as typed: the
/// terminal echoes it, turns a carriage return into a line's end, and 3 into an interrupt.
/// Non-blocking, close-on-exec and above 2.
public struct PseudoTerminal: ~Copyable, Sendable {
  /// The descriptor, to register with a reactor and to write to.
  ///
  /// Read it by ``read(into:)``, because the kernel tells the end in a way of its own here.
  public let descriptor: Fd

  /// Opens a new one.
  init(_ size: TerminalSize) throws(CoreError) {
    let opened = try Fd(opening: "/dev/ptmx", for: .both, [.nonBlocking])
    let raised = try Fd(result: ccoreshift_spawn_raise(opened.release()), "fcntl")
    try PseudoTerminal.setSize(size, of: raised.rawValue)
    descriptor = raised
  }

  /// Opens the other end, for a child: blocking, close-on-exec and above 2.
  borrowing func openPeer() throws(CoreError) -> Fd {
    let number = descriptor.rawValue
    return Fd(
      owning: try check(ccoreshift_spawn_terminal_peer(number), "ioctl", .descriptor(number)))
  }

  /// Reads what is there; the end once nobody has the other end open any more, which the kernel
  /// tells by EIO.
  public borrowing func read(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(CoreError) -> ReadOutcome {
    do {
      return unsafe try descriptor.read(into: buffer)
    } catch {
      guard error.code == .inputOutput else { throw error }
      return .end
    }
  }

  /// Reads what is there into `buffer` from its start; the bytes behind stay as they were.
  public borrowing func read(into buffer: inout [UInt8]) throws(CoreError) -> ReadOutcome {
    var span = buffer.mutableSpan
    return try unsafe span.withUnsafeMutableBytes { bytes throws(CoreError) in
      // SAFETY: the bytes are the buffer's own, which nobody else touches meanwhile.
      try unsafe read(into: bytes)
    }
  }

  /// How large it is, as the child may have changed it (`TIOCGWINSZ`).
  public borrowing func size() throws(CoreError) -> TerminalSize {
    try PseudoTerminal.size(of: descriptor.rawValue)
  }

  /// Makes it another size, of which the foreground group learns by SIGWINCH (`TIOCSWINSZ`).
  public borrowing func setSize(_ size: TerminalSize) throws(CoreError) {
    try PseudoTerminal.setSize(size, of: descriptor.rawValue)
  }

  static func size(of number: Int32) throws(CoreError) -> TerminalSize {
    var size = TerminalSize(rows: 0, columns: 0)
    try check(
      unsafe ccoreshift_spawn_terminal_size(number, &size.rows, &size.columns), "ioctl",
      .descriptor(number))
    return size
  }

  static func setSize(_ size: TerminalSize, of number: Int32) throws(CoreError) {
    try check(
      ccoreshift_spawn_set_terminal_size(number, size.rows, size.columns), "ioctl",
      .descriptor(number))
  }
}
