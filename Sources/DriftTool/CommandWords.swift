import ArgumentParser
import Drift

/// The command on the tool's own command line: everything from its first word on.
struct CommandWords: ParsableArguments {
  @Argument(
    parsing: .captureForPassthrough,
    help: ArgumentHelp(
      "The command and its arguments. A '--' may stand before it.", valueName: "command"))
  var words: [String] = []

  /// The words without the `--`.
  func command(of subcommand: any ParsableCommand.Type) throws -> [String] {
    let command = words.first == "--" ? Array(words.dropFirst()) : words
    guard let first = command.first else { throw ValidationError("a command is missing") }
    // An option that the tool does not know arrives here, as the command's first word.
    if words.first != "--" && first.hasPrefix("-") {
      if first == "--help" || first == "-h" { throw CleanExit.helpRequest(subcommand) }
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
    case ("search", _), ("execveat", _):
      status = ToolExit.cannotExecute
      message = "cannot run '\(program)': \(error.code)"
    default:
      status = ToolExit.misuse
      message = "cannot run '\(program)': \(error)"
    }
  }
}
