import Drift

/// The tool's own command line, parted where the command begins that it is to run.
///
/// What comes behind is nobody's options, need not be UTF-8, and may be ten thousand file names,
/// for which ArgumentParser takes seconds: it gets the rest.
struct CommandLineWords {
  /// The subcommand and its options.
  let options: [String]
  /// The command and its arguments, without a `--` before them.
  let command: [RawString]

  /// The options that take the next word, unless they have a `=`.
  private static let valued: Set<String> = [
    "--timeout", "--grace", "--output-limit", "--until", "--halt",
  ]

  /// - Throws: `ToolExit` where a word of the tool's own is no text: it would be taken for another.
  init(_ words: [RawString]) throws {
    var count = min(1, words.count)
    let runsCommand = ["run", "each"].contains(words.first?.description)
    if !runsCommand { count = words.count }
    while count < words.count {
      let word = words[count].description
      guard word.hasPrefix("-") && word != "--" && word != "-" else { break }
      let takesNext = Self.valued.contains(word) || (!word.hasPrefix("--") && word.hasSuffix("j"))
      count = min(words.count, count + (takesNext ? 2 : 1))
    }
    options = try words[..<count].map(Self.text)
    let rest = words[count...]
    command = Array(rest.first == "--" ? rest.dropFirst() : rest)
  }

  /// The words of this process, byte for byte, which `CommandLine.arguments` does not tell.
  static func ofProcess() throws -> CommandLineWords {
    let decoded = CommandLine.arguments.dropFirst().map { RawString($0) }
    let raw = (try? readWords())?.dropFirst()
    return try CommandLineWords(
      raw.map { $0.count == decoded.count ? Array($0) : decoded } ?? decoded)
  }

  private static func text(_ word: RawString) throws -> String {
    guard let text = String(validating: word.bytes, as: UTF8.self) else {
      throw ToolExit(
        code: ToolExit.misuse, message: "'\(word)' is not UTF-8, as the tool's own words must be")
    }
    return text
  }

  private static func readWords() throws(CoreError) -> [RawString] {
    let file = try Fd(opening: "/proc/self/cmdline", for: .reading)
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while case .bytes(let count) = try file.read(into: &buffer) { text += buffer[..<count] }
    return text.dropLast().split(separator: 0, omittingEmptySubsequences: false)
      .map { RawString(bytes: $0) }
  }
}
