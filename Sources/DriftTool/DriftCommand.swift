import ArgumentParser

/// The `drift` command.
@main
struct DriftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift",
    abstract: "Runs commands, one or many, with limits, timeouts and a clean end.",
    version: "0.1.0",
    subcommands: [RunCommand.self, EachCommand.self])

  /// Like ArgumentParser's own `main`, with the exit statuses that `timeout`, `env` and `nohup` have:
  /// 125 for misuse, and one line to say what is wrong.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let status as ToolExit {
      if let message = status.message { complain(message) }
      endProcess(status.code)
    } catch {
      if exitCode(for: error) == .success {
        print(fullMessage(for: error))
        endProcess(0)
      }
      complain("\(message(for: error)) (try `drift --help`)")
      endProcess(ToolExit.misuse)
    }
  }
}

/// The end of the tool with a status, and perhaps a line for standard error.
struct ToolExit: Error {
  /// The tool itself failed, or was misused.
  static let misuse: Int32 = 125
  static let timedOut: Int32 = 124
  static let cannotExecute: Int32 = 126
  static let notFound: Int32 = 127

  let code: Int32
  var message: String?

  /// What a shell reports for a command that signal `number` ended.
  static func signalled(_ number: Int32) -> Int32 { 128 + number }
}
