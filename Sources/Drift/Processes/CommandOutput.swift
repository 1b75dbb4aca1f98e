public import CoreShift

/// One of a command's two outputs.
public enum CommandStream: Sendable {
  /// Its standard output.
  case output
  /// Its standard error.
  case error
}

/// What a command came to: its output so far as it was kept, how it ended, and why it ended so.
public struct CommandOutput: Sendable {
  /// The kept bytes of standard output.
  public var standardOutput: [UInt8] = []
  /// The kept bytes of standard error.
  public var standardError: [UInt8] = []
  /// How the process ended.
  public var status = ExitStatus.unknown
  /// What it used; nil when somebody else reaped it.
  public var usage: ResourceUsage?
  /// The process's number.
  public var pid: Int32 = 0
  /// How long it ran.
  public var duration = Duration.zero
  /// Output beyond the limit was dropped.
  public var isTruncated = false
  /// Its time was up, so it was ended.
  ///
  /// One that ended on TERM has its own status all the same.
  public var isTimedOut = false
  /// The text that was looked for has appeared, so it was ended.
  public var isMatched = false
  /// A descendant held a pipe open after the end; what it might still have written is not here.
  public var isCutOff = false
}
