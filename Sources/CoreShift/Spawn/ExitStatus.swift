/// How a process ended.
public enum ExitStatus: Hashable, Sendable {
  /// It called exit, with a code from 0 to 255.
  case exited(code: Int32)
  /// A signal ended it.
  case signalled(Signal, coreDumped: Bool)
  /// Somebody else reaped it, and this kernel (before 6.15) no longer knows. Never a made-up 0.
  case unknown

  /// Whether it exited with code 0.
  public var isSuccess: Bool {
    self == .exited(code: 0)
  }
}

extension ExitStatus: CustomStringConvertible {
  /// One line for people, as `exited with code 3`.
  public var description: String {
    switch self {
    case .exited(let code): "exited with code \(code)"
    case .signalled(let signal, coreDumped: false): "ended by \(signal)"
    case .signalled(let signal, coreDumped: true): "ended by \(signal), core dumped"
    case .unknown: "ended, status unknown"
    }
  }
}

/// What a process and the children that it reaped have used, as `rusage` counts it.
public struct ResourceUsage: Hashable, Sendable {
  /// Processor time in user mode.
  public let userTime: Duration
  /// Processor time in the kernel.
  public let systemTime: Duration
  /// The largest resident size that was seen.
  public let maximumResidentBytes: Int
}

/// A process's end: how, and at what price.
public struct ExitReport: Hashable, Sendable {
  /// How it ended.
  public let status: ExitStatus
  /// Nil when somebody else reaped the process.
  public let usage: ResourceUsage?
}
