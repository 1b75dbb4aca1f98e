import ArgumentParser
import Drift

/// `drift each`: one command for every input, many at a time.
struct EachCommand: ParsableCommand {
  enum Halt: String, ExpressibleByArgument, CaseIterable {
    case never, now
  }

  static let configuration = CommandConfiguration(
    commandName: "each",
    abstract: "Runs a command once per input, many at a time, without mixing their outputs.",
    usage: "drift each [options] COMMAND [ARG|{}]... [::: INPUT...]",
    discussion: """
      The inputs are the arguments after ':::', else the lines of standard input. Each replaces \
      {} in the command's arguments, or is appended if there is none. Exits with 0 if all \
      succeeded, 1 if any failed, 125 for misuse. INT and TERM start no further job, end the \
      running ones, print what they had, and exit with 130 or 143.
      """)

  @Option(
    name: .customShort("j", allowingJoined: true),
    help: "How many at a time (default: the number of cores).")
  var jobs: Int?

  @Option(help: "End a job after this long: 5s, 200ms, 2m.")
  var timeout: DurationArgument?

  @Option(help: "How long a job may take to end after TERM before KILL follows (default: 2s).")
  var grace: DurationArgument?

  @Flag(help: "Print the outputs in the order of the inputs.")
  var keepOrder = false

  @Option(help: "What a failed job does to the others: never, or now, which ends them.")
  var halt = Halt.never

  @Flag(help: "Print one JSON object per job, with its input.")
  var json = false

  @Flag(
    name: [.customShort("0"), .customLong("null")], help: "Inputs on standard input end with NUL.")
  var endsWithNul = false

  @OptionGroup var commandWords: CommandWords

  mutating func run() throws {
    var words = try commandWords.command()
    var inputs: [String]?
    if let separator = words.firstIndex(of: ":::") {
      inputs = Array(words[(separator + 1)...])
      words = Array(words[..<separator])
      guard !words.isEmpty else { throw ValidationError("a command is missing before ':::'") }
    }
    if let jobs, jobs < 1 { throw ValidationError("-j needs a number from 1 on, not \(jobs)") }
    let plan = EachPlan(
      words: words, limit: jobs ?? coreCount(), timeout: timeout?.duration,
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
  let words: [String]
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
      guard let bytes = replacing(placeholder, in: Array(word.utf8), by: input.bytes) else {
        return RawString(word)
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
