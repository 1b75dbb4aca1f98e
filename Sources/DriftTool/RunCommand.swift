import ArgumentParser
import Drift

/// `drift run`: one command.
struct RunCommand: CommandRunner {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs one command, with a timeout, an output limit, or until a text appears.",
    usage: "drift run [options] [--] COMMAND [ARG]...",
    discussion: """
      The command's input is this one's, and so are its outputs, unless --json or --output-limit \
      asks to collect them. INT, TERM, HUP and QUIT are passed on to it, unless they were ignored \
      when drift was started, as nohup does. It is ended by TERM, and by KILL if it is still \
      there after the grace, with everything that it has started in its process group.

      With a terminal as its input the command stays in the terminal's foreground group, so that \
      it can read and Ctrl-C reaches it. That group is the shell's, with the rest of a pipeline in \
      it, such as a pager: so a timeout or a signal ends the command alone then, and not what it \
      has started, as by 'timeout --foreground'. Plain 'timeout' ends the pager, too. With \
      '</dev/null' the command leads a group of its own, and all of it is ended.

      Exit status: the command's own; 128 + n if signal n ended it; 0 after --until has found \
      its text; 124 after a timeout, but 137 if only KILL has ended it; 125 if drift failed or \
      was misused; 126 if the command cannot be executed; 127 if it is not found.

      Example: drift run --timeout 5m --json -- make test
      """)

  @Option(
    help: ArgumentHelp(
      "End the command after this long: 5s, 200ms, 2m; 0 means never.", valueName: "time"))
  var timeout: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "How long it may take to end after TERM before KILL follows (default: 2s).",
      valueName: "time"))
  var grace: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "Collect this much of its outputs, both together (1MiB, 64k, 4096), and drop the rest.",
      valueName: "bytes"))
  var outputLimit: ByteCountArgument?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "End the command, with success, once this appears in one of its outputs.",
      valueName: "text"))
  var until: String?

  @Flag(help: "Print one JSON object with the outcome and the outputs (up to 1MiB unless told).")
  var json = false

  @OptionGroup var commandWords: CommandWords

  mutating func run() throws {
    let words = try commandWords.command()
    let session = RunSession(
      words: words, command: try command(words), limit: outputLimit?.byteCount,
      until: until.map { Array($0.utf8) }, printsReport: json)
    try Drift.run { try session.run() }
  }

  private func command(_ words: [RawString]) throws -> Command {
    if let until, until.isEmpty { throw ValidationError("--until needs a text to look for") }
    var command = Command(words)
    command.timeout = timeout?.limit
    command.grace = grace?.duration ?? .seconds(2)
    command.standardInput = .inherit
    return command
  }
}
