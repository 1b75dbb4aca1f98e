internal import GreenThreads

/// A command that was to succeed has not: it exited with another code than 0, or was ended.
public struct CommandFailed: Error, Sendable, CustomStringConvertible {
  /// The command, quoted for a shell.
  public let command: String
  /// What it came to.
  public let output: CommandOutput

  /// Says which command has failed, and what it came to.
  public init(_ command: Command, _ output: CommandOutput) {
    self.command = command.description
    self.output = output
  }

  /// One line for a person, with the last line of the standard error; both cut to 500 bytes.
  public var description: String {
    let reason = output.isTimedOut ? "timed out" : output.status.description
    let lastWords = output.errorText.split(whereSeparator: \.isNewline).last.map(String.init)
    return "`\(Self.cut(command))` \(reason)\(lastWords.map { ": \(Self.cut($0))" } ?? "")"
  }

  private static func cut(_ text: String) -> String {
    text.utf8.count <= 500 ? text : "\(text.cut(toBytes: 500))…"
  }
}
