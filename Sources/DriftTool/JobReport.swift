import Drift
import FoundationEssentials

/// What `--json` prints of one command: one object, on one line.
struct JobReport: Encodable {
  /// The input of the job; only `each` has one.
  var input: String?
  var argv: [String]
  var pid: Int32?
  var exitCode: Int32?
  var signal: Int32?
  var timedOut = false
  var truncated = false
  var matched = false
  var durationMs = 0.0
  var userMs: Double?
  var systemMs: Double?
  var maxRssKb: Int?
  var stdout: String?
  var stdoutBase64: String?
  var stderr: String?
  var stderrBase64: String?
  /// Why the command could not be run at all.
  var error: String?

  enum CodingKeys: String, CodingKey {
    case input, argv, pid, signal, truncated, matched, stdout, stderr, error
    case exitCode = "exit_code"
    case timedOut = "timed_out"
    case durationMs = "duration_ms"
    case userMs = "user_ms"
    case systemMs = "system_ms"
    case maxRssKb = "max_rss_kb"
    case stdoutBase64 = "stdout_base64"
    case stderrBase64 = "stderr_base64"
  }

  /// A command that ran.
  init(argv: [String], _ output: CommandOutput) {
    self.argv = argv
    pid = output.pid
    switch output.status {
    case .exited(let code): exitCode = code
    case .signalled(let signal, _): self.signal = signal.rawValue
    case .unknown: break
    }
    timedOut = output.isTimedOut
    truncated = output.isTruncated
    matched = output.isMatched
    durationMs = output.duration.milliseconds
    userMs = output.usage?.userTime.milliseconds
    systemMs = output.usage?.systemTime.milliseconds
    maxRssKb = output.usage.map { $0.maximumResidentBytes / 1024 }
    (stdout, stdoutBase64) = Self.text(output.standardOutput)
    (stderr, stderrBase64) = Self.text(output.standardError)
  }

  /// A command that could not be run.
  init(argv: [String], error: any Error) {
    self.argv = argv
    self.error = "\(error)"
  }

  /// Text where the bytes are valid UTF-8, else Base64.
  private static func text(_ bytes: [UInt8]) -> (text: String?, base64: String?) {
    if let text = String(validating: bytes, as: UTF8.self) { return (text, nil) }
    return (nil, Data(bytes).base64EncodedString())
  }

  /// Every key is there, `null` where there is nothing, but for the two forms of an output.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(input, forKey: .input)
    try container.encode(argv, forKey: .argv)
    try container.encode(pid, forKey: .pid)
    try container.encode(exitCode, forKey: .exitCode)
    try container.encode(signal, forKey: .signal)
    try container.encode(timedOut, forKey: .timedOut)
    try container.encode(truncated, forKey: .truncated)
    try container.encode(matched, forKey: .matched)
    try container.encode(durationMs, forKey: .durationMs)
    try container.encode(userMs, forKey: .userMs)
    try container.encode(systemMs, forKey: .systemMs)
    try container.encode(maxRssKb, forKey: .maxRssKb)
    try container.encodeIfPresent(stdout, forKey: .stdout)
    try container.encodeIfPresent(stdoutBase64, forKey: .stdoutBase64)
    try container.encodeIfPresent(stderr, forKey: .stderr)
    try container.encodeIfPresent(stderrBase64, forKey: .stderrBase64)
    try container.encodeIfPresent(error, forKey: .error)
  }

  /// The line, with its newline.
  func line() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}

extension Duration {
  /// With microseconds as decimals.
  var milliseconds: Double {
    let (seconds, attoseconds) = components
    return (Double(seconds) * 1e6 + Double(attoseconds / 1_000_000_000_000)).rounded() / 1000
  }
}
