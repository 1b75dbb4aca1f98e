import ArgumentParser
import Drift

/// The `drift` command.
@main
struct DriftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift",
    abstract: "Runs commands, one or many, with limits, timeouts and a clean end.",
    version: "0.1.0",
    subcommands: [RunCommand.self, EachCommand.self])

  /// Like ArgumentParser's own `main`, with the exit statuses that `timeout`, `env` and `nohup`
  /// have:
  /// 125 for misuse, and one line to say what is wrong.
  static func main() {
    fillClosedStandardDescriptors()
    do {
      try perform(CommandLineWords.ofProcess())
    } catch let status as ToolExit {
      if let message = status.message { complain(message) }
      exit(withError: ExitCode(status.code))
    } catch let error as CoreError {
      complain("\(error)")
      exit(withError: ExitCode(ToolExit.misuse))
    } catch {
      complain("\(sentence(for: error)) (see '\(helpCommand)')")
      exit(withError: ExitCode(ToolExit.misuse))
    }
  }

  private static func perform(_ words: CommandLineWords) throws {
    do {
      var command = try parseAsRoot(words.options)
      if var runner = command as? any CommandRunner {
        runner.commandWords.take(words.command)
        try runner.run()
      } else {
        try command.run()
      }
    } catch let error where exitCode(for: error) == .success {
      // The help or the version; ArgumentParser would not see that they cannot be written.
      let text = fullMessage(for: error)
      try Drift.run { try StandardOutput.output().write(Array("\(text)\n".utf8)) }
    }
  }

  mutating func run() throws {
    throw ValidationError("what to do is missing: 'drift run' or 'drift each'")
  }

  /// What shows the help that fits this command line.
  private static var helpCommand: String {
    let word = CommandLine.arguments.dropFirst().first ?? ""
    let isSubcommand = configuration.subcommands.contains { $0.configuration.commandName == word }
    return isSubcommand ? "drift \(word) --help" : "drift --help"
  }

  /// What ArgumentParser says, in the manner of the other messages.
  private static func sentence(for error: any Error) -> String {
    let text = message(for: error)
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}

/// The end of the tool with a status, and perhaps a line for standard error.
struct ToolExit: Error {
  /// The tool itself failed, or was misused.
  static let misuse: Int32 = 125
  static let timedOut: Int32 = 124
  /// The time was up, and TERM was not enough.
  static let killed = signalled(Signal.kill.rawValue)
  static let cannotExecute: Int32 = 126
  static let notFound: Int32 = 127

  let code: Int32
  var message: String?

  /// What a shell reports for a command that signal `number` ended.
  static func signalled(_ number: Int32) -> Int32 { 128 + number }
}
