import ArgumentParser
import Drift

/// `drift each`: one command for every input, many at a time.
struct EachCommand: CommandRunner {
  enum Halt: String, ExpressibleByArgument, CaseIterable {
    case never, now
  }

  static let configuration = CommandConfiguration(
    commandName: "each",
    abstract: "Runs a command once per input, many at a time, without mixing their outputs.",
    usage: "drift each [options] COMMAND [ARG|{}]... [::: INPUT...]",
    discussion: """
      The inputs are the arguments after ':::', else the lines of standard input; empty lines \
      are none. An input replaces every {} in the command's words, or is appended if there is \
      none. Both outputs of a job are printed whole when it has ended; while more than 64 MiB \
      wait to be printed, no further job is started. On a terminal a line shows how far it is.

      INT, TERM, HUP and QUIT start no further job, end the running ones (TERM, the grace, KILL), \
      and print what they had; a second one ends them at once, or drift itself if none runs any \
      more; a third one ends drift. Those that were ignored when drift was started stay so.

      Exit status: 0 if all succeeded; 1 if any failed; 125 if drift failed or was misused; 129 \
      after HUP, 130 after INT, 131 after QUIT, 143 after TERM.

      Example: find . -name '*.png' | drift each -j 4 convert {} {}.jpg
      """)

  @Option(
    name: .customShort("j", allowingJoined: true),
    help: ArgumentHelp(
      "How many at a time (default: the number of cores).", valueName: "number"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "End a job after this long: 5s, 200ms, 2m; 0 means never.", valueName: "time"))
  var timeout: DurationArgument?

  @Option(
    help: ArgumentHelp(
      "How long a job may take to end after TERM before KILL follows (default: 2s).",
      valueName: "time"))
  var grace: DurationArgument?

  @Flag(help: "Print the outputs in the order of the inputs.")
  var keepOrder = false

  @Option(
    help: ArgumentHelp(
      "What a failed job does to the others: 'never' nothing, 'now' ends them.",
      valueName: "when"))
  var halt = Halt.never

  @Flag(help: "Print one JSON object per job, on a line, with its input and its outputs.")
  var json = false

  @Flag(
    name: [.customShort("0"), .customLong("null")],
    help: "The inputs on standard input end with NUL, as 'find -print0' writes them.")
  var endsWithNul = false

  @OptionGroup var commandWords: CommandWords

  mutating func run() throws {
    var words = try commandWords.command()
    var inputs: [RawString]?
    if let separator = words.firstIndex(of: ":::") {
      inputs = Array(words[(separator + 1)...])
      words = Array(words[..<separator])
      guard !words.isEmpty else { throw ValidationError("a command is missing before ':::'") }
    }
    if let jobs, jobs < 1 { throw ValidationError("-j needs a number from 1 on, not \(jobs)") }
    let plan = EachPlan(
      words: words, limit: jobs ?? coreCount(), timeout: timeout?.limit,
      grace: grace?.duration ?? .seconds(2), keepsOrder: keepOrder, haltsOnFailure: halt == .now,
      printsReports: json)
    let delimiter = UInt8(ascii: endsWithNul ? "\0" : "\n")
    try Drift.run {
      let source =
        try inputs.map { JobInputs(listed: $0) } ?? JobInputs(standardInputSplitAt: delimiter)
      try EachSession(plan, source).run()
    }
  }
}

/// What was asked of one `drift each`.
struct EachPlan {
  /// The command, perhaps with `{}` in it.
  let words: [RawString]
  /// How many jobs may run at a time.
  let limit: Int
  let timeout: Duration?
  let grace: Duration
  let keepsOrder: Bool
  let haltsOnFailure: Bool
  let printsReports: Bool

  /// The words of one job.
  func words(for input: RawString) -> [RawString] {
    let placeholder = Array("{}".utf8)
    var replaced = false
    var result = words.map { word in
      guard let bytes = replacing(placeholder, in: word.bytes, by: input.bytes) else {
        return word
      }
      replaced = true
      return RawString(bytes: bytes)
    }
    if !replaced { result.append(input) }
    return result
  }

  /// Nil when `text` has no `placeholder`.
  private func replacing(
    _ placeholder: [UInt8], in text: [UInt8], by input: [UInt8]
  ) -> [UInt8]? {
    var result: [UInt8] = []
    var rest = text[...]
    var replaced = false
    while !rest.isEmpty {
      if rest.starts(with: placeholder) {
        result += input
        rest = rest.dropFirst(placeholder.count)
        replaced = true
      } else {
        result.append(rest.removeFirst())
      }
    }
    return replaced ? result : nil
  }
}
