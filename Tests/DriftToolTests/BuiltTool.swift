import Drift
import TestSupport

/// The `drift` that was built beside these tests.
enum BuiltTool {
  /// Its path.
  static let path: String = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let directory = (bundle ?? CommandLine.arguments[0]).split(
      separator: "/", omittingEmptySubsequences: false
    ).dropLast().joined(separator: "/")
    return "\(directory)/drift"
  }()

  /// Runs it, with a pipe for each stream.
  ///
  /// `reaction` is called with its process and each chunk of its output, to answer with a signal.
  static func run(
    _ arguments: [String], input: String = "",
    reaction: ((ChildProcess, String) throws -> Void)? = nil
  ) throws -> Finished {
    try run(path, arguments, input: input, reaction: reaction)
  }

  /// Runs a shell script in which `$drift` is the tool.
  static func runShell(_ script: String, input: String = "") throws -> Finished {
    try run("sh", ["-c", "drift='\(path)'; \(script)"], input: input, reaction: nil)
  }

  /// Starts what follows as the first process of a pid namespace.
  static let unshare = "unshare -U -r --pid --fork --kill-child"

  /// Whether ``unshare`` works here.
  static let canUnshare = (try? runShell("\(unshare) true").code) == 0

  private static func run(
    _ program: String, _ arguments: [String], input: String,
    reaction: ((ChildProcess, String) throws -> Void)?
  ) throws -> Finished {
    try onOwnThread {
      try Drift.run {
        var command = Command(RawString(program), arguments: arguments.map { RawString($0) })
        command.standardInput = .bytes(Array(input.utf8))
        // What the tool does not end in time itself is ended here, and seen by its code.
        command.timeout = .seconds(20)
        var child: ChildProcess?
        let output = try command.output(
          limit: 16 << 20,
          sink: { _, bytes in
            if let child, let reaction { try reaction(child, text(bytes)) }
          },
          started: { child = $0 })
        return Finished(output)
      }
    }
  }
}

/// What a run of the tool came to.
struct Finished {
  let code: Int32
  let output: String
  let error: String

  init(_ result: CommandOutput) {
    switch result.status {
    case .exited(let code): self.code = code
    case .signalled(let signal, _): code = -signal.rawValue
    case .unknown: code = -1000
    }
    output = text(result.standardOutput)
    error = text(result.standardError)
  }

  var lines: [String] { output.split(separator: "\n").map(String.init) }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
