import ArgumentParser
import Drift

/// The command on the tool's own command line: everything from its first word on.
struct CommandWords: ParsableArguments {
  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp("The command and its arguments; `--` may stand before it."))
  var words: [String] = []

  /// The words without the `--`.
  func command() throws -> [String] {
    let command = words.first == "--" ? Array(words.dropFirst()) : words
    guard let first = command.first else { throw ValidationError("a command is missing") }
    // An option that the tool does not know arrives here, as the command's first word.
    if words.first != "--" && first.hasPrefix("-") {
      throw ValidationError("unknown option '\(first)'")
    }
    return command
  }
}

extension Command {
  init(_ words: [String]) {
    self.init(RawString(words[0]), arguments: words.dropFirst().map { RawString($0) })
  }
}

/// The status for a command that could not be run, as coreutils have it.
func statusOfFailedStart(_ error: any Error) -> Int32 {
  guard let error = error as? CoreError else { return ToolExit.misuse }
  switch (error.operation, error.code) {
  case ("search", .notFound), ("execveat", .notFound):
    return ToolExit.notFound
  case ("search", _), ("execveat", _):
    return ToolExit.cannotExecute
  default:
    return ToolExit.misuse
  }
}
