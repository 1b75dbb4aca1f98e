/// What a descriptor is open on.
public enum FileKind: Hashable, Sendable {
  /// A file with contents, which is always ready and can still wait for the disk.
  case regular
  /// A directory.
  case directory
  /// An end of a pipe, or a FIFO.
  case pipe
  /// A socket of any family.
  case socket
  /// A device of bytes: a terminal (see ``Fd/isTerminal(_:)``), `/dev/null`.
  case characterDevice
  /// A device of blocks: a disk.
  case blockDevice
  /// A symbolic link, which only a look at its name finds: opening follows it.
  case symbolicLink
  /// Something of the kernel's own, such as an epoll instance or a pidfd.
  case other
}

extension Fd {
  /// Asks what `number` is open on, by `fstat`; it need not be owned by anybody.
  public static func kind(of number: Int32) throws(CoreError) -> FileKind {
    FileKind(mode: try check(SystemCall.fileMode(number), "fstat", .descriptor(number)))
  }

  /// Whether `number` is a terminal (`tcgetattr`); false also when it is not open.
  public static func isTerminal(_ number: Int32) -> Bool {
    SystemCall.isTerminal(number)
  }

  /// The width of the terminal `number` in columns (`TIOCGWINSZ`); nil when it is none, or does
  /// not know.
  public static func terminalWidth(of number: Int32) -> Int? {
    let columns = SystemCall.terminalColumns(number)
    return columns > 0 ? Int(columns) : nil
  }
}
