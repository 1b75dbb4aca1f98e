import ArgumentParser
import Drift

/// Where the help speaks of the command, and where its words are kept; see ``CommandLineWords``.
struct CommandWords: ParsableArguments {
  @Argument(
    parsing: .remaining,
    help: ArgumentHelp(
      "The command and its arguments. A '--' may stand before it.", valueName: "command"))
  var help: [String] = []

  private var words: [RawString] = []

  private enum CodingKeys: CodingKey { case help }

  mutating func take(_ words: [RawString]) {
    self.words = words
  }

  /// The program and its arguments.
  func command() throws -> [RawString] {
    if words.isEmpty { throw ValidationError("a command is missing") }
    return words
  }
}

/// A subcommand that runs what is behind its options.
protocol CommandRunner: ParsableCommand {
  var commandWords: CommandWords { get set }
}

extension Command {
  init(_ words: [RawString]) {
    self.init(words[0], arguments: Array(words.dropFirst()))
  }
}

/// A command that could not be run.
struct FailedStart {
  /// The status that coreutils have for it.
  let status: Int32
  /// What to say of it.
  let message: String

  init(_ error: any Error, _ program: String) {
    guard let error = error as? CoreError else {
      status = ToolExit.misuse
      message = "cannot run '\(program)': \(error)"
      return
    }
    switch (error.operation, error.code) {
    case ("search", .notFound):
      status = ToolExit.notFound
      message = "cannot run '\(program)': not found on PATH"
    case ("execveat", .notFound):
      status = ToolExit.notFound
      message = "cannot run '\(program)': no such file, or its interpreter is missing"
    case ("search", .invalidArgument), ("spawn", .invalidArgument):
      status = ToolExit.cannotExecute
      message = "cannot run '\(program)': a word of it has a NUL, which no argument can hold"
    case ("search", _), ("execveat", _):
      status = ToolExit.cannotExecute
      message = "cannot run '\(program)': \(error.code)"
    default:
      status = ToolExit.misuse
      message = "cannot run '\(program)': \(error)"
    }
  }
}
