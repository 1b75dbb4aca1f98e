import ArgumentParser
import Drift

/// `drift run`: one command.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs one command, with a timeout, an output limit, or until a text appears.",
    discussion: """
      Exits with the command's own status; 128 + n if signal n ended it; 124 after a timeout; \
      125 if drift itself failed; 126 if the command cannot be executed, 127 if it is not found. \
      INT, TERM, HUP and QUIT are passed on to the command.
      """)

  @Option(help: "End the command after this long: 5s, 200ms, 2m.")
  var timeout: DurationArgument?

  @Option(help: "How long it may take to end after TERM before KILL follows (default: 2s).")
  var grace: DurationArgument?

  @Option(help: "Keep this many bytes of its output, 1MiB for example, and drop the rest.")
  var outputLimit: ByteCountArgument?

  @Option(help: "End the command gracefully, with success, once this appears in its output.")
  var until: String?

  @Flag(help: "Print one JSON object with the outcome and the output.")
  var json = false

  @OptionGroup var commandWords: CommandWords

  mutating func run() throws {
    let words = try commandWords.command()
    let session = RunSession(
      words: words, command: try command(words), limit: outputLimit?.byteCount,
      until: until.map { Array($0.utf8) }, printsReport: json)
    try Drift.run { try session.run() }
  }

  private func command(_ words: [String]) throws -> Command {
    if let until, until.isEmpty { throw ValidationError("--until needs a text to look for") }
    var command = Command(words)
    command.timeout = timeout?.duration
    command.grace = grace?.duration ?? .seconds(2)
    command.standardInput = .inherit
    return command
  }
}
