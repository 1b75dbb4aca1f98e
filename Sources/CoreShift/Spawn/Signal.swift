/// A signal by its number on this processor.
public struct Signal: RawRepresentable, Hashable, Sendable {
  /// The number, from 1 to 64.
  public let rawValue: Int32

  /// Takes any number; the kernel refuses what is no signal when one is sent.
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// SIGHUP: the terminal is gone.
  public static let hangUp = Signal(rawValue: 1)
  /// SIGINT: Ctrl-C.
  public static let interrupt = Signal(rawValue: 2)
  /// SIGQUIT: Ctrl-\, ends with a core dump by default.
  public static let quit = Signal(rawValue: 3)
  /// SIGILL: an instruction the processor does not have.
  public static let illegalInstruction = Signal(rawValue: 4)
  /// SIGABRT: the process ended itself.
  public static let abort = Signal(rawValue: 6)
  /// SIGBUS: memory that has nothing behind it.
  public static let busError = Signal(rawValue: 7)
  /// SIGFPE: an arithmetic trap.
  public static let arithmetic = Signal(rawValue: 8)
  /// SIGKILL: cannot be caught, blocked or ignored.
  public static let kill = Signal(rawValue: 9)
  /// SIGUSR1: the program's own meaning.
  public static let user1 = Signal(rawValue: 10)
  /// SIGSEGV: memory that is not the process's.
  public static let segmentationFault = Signal(rawValue: 11)
  /// SIGUSR2: the program's own meaning.
  public static let user2 = Signal(rawValue: 12)
  /// SIGPIPE: a write that nobody can read.
  public static let brokenPipe = Signal(rawValue: 13)
  /// SIGALRM: an alarm that the process set.
  public static let alarm = Signal(rawValue: 14)
  /// SIGTERM: the request to end.
  public static let terminate = Signal(rawValue: 15)
  /// SIGCHLD: a child changed its state.
  public static let child = Signal(rawValue: 17)
  /// SIGCONT: a stopped process runs on, and sees what was sent to it meanwhile.
  public static let `continue` = Signal(rawValue: 18)
  /// SIGSTOP: cannot be caught, blocked or ignored.
  public static let stop = Signal(rawValue: 19)
  /// SIGTSTP: Ctrl-Z.
  public static let terminalStop = Signal(rawValue: 20)
  /// SIGWINCH: the terminal has another size.
  public static let windowChange = Signal(rawValue: 28)
}

extension Signal: CustomStringConvertible {
  /// The kernel's name, as `SIGTERM`, or `signal 40`.
  public var description: String {
    let index = Int(rawValue) - 1
    guard Signal.names.indices.contains(index) else { return "signal \(rawValue)" }
    return "SIG" + Signal.names[index]
  }

  private static let names = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
    "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
  ]
}
