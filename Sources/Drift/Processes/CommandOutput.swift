public import CoreShift

/// What a command came to: its output so far as it was kept, how it ended, and why it ended so.
public struct CommandOutput: Sendable {
  /// The kept bytes of standard output.
  public var standardOutput: [UInt8] = []
  /// The kept bytes of standard error.
  public var standardError: [UInt8] = []
  /// How the process ended; `.unknown` also while it runs on, after a timeout that ends nobody.
  public var status = ExitStatus.unknown
  /// What it used; nil when somebody else reaped it, or it has not ended.
  public var usage: ResourceUsage?
  /// The process's number.
  public var pid: Int32 = 0
  /// How long it ran, or has run.
  public var duration = Duration.zero
  /// Output beyond the limits was dropped.
  public var isTruncated = false
  /// Its time was up.
  ///
  /// One that ended on TERM has its own status all the same.
  public var isTimedOut = false
  /// What was looked for has appeared, so it was ended.
  public var isMatched = false
  /// A descendant held a pipe open after the end; what it might still have written is not here.
  public var isCutOff = false

  /// The standard output as text, with U+FFFD for what is not UTF-8.
  public var text: String { String(decoding: standardOutput, as: UTF8.self) }

  /// The standard error as text, with U+FFFD for what is not UTF-8.
  public var errorText: String { String(decoding: standardError, as: UTF8.self) }

  /// The lines of the standard output, without their ends (LF, or CR LF); empty ones too.
  ///
  /// What stands behind the last line's end is a line, if it is anything.
  public var lines: [String] {
    var lines: [String] = []
    var rest = standardOutput[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      var line = rest[..<end]
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      lines.append(String(decoding: line, as: UTF8.self))
      rest = rest[(end + 1)...]
    }
    if !rest.isEmpty { lines.append(String(decoding: rest, as: UTF8.self)) }
    return lines
  }

  /// Whether it exited with code 0, in time; one that was ended because of a match is fine, too.
  public var isSuccess: Bool { isMatched || (status.isSuccess && !isTimedOut) }
}
