import Drift

/// What `--json` prints of one command: one object, on one line.
struct JobReport {
  /// The input of the job; only `each` has one.
  var input: RawString?
  let argv: [RawString]
  private let outcome: CommandOutput?
  /// Why the command could not be run at all.
  private let error: String?

  /// A command that ran.
  init(argv: [RawString], _ output: CommandOutput) {
    self.argv = argv
    outcome = output
    error = nil
  }

  /// A command that could not be run.
  init(argv: [RawString], error: String) {
    self.argv = argv
    outcome = nil
    self.error = error
  }

  /// The line, with its newline.
  ///
  /// Every key is there, `null` where there is nothing, but for the two forms of an output, and
  /// `error`, which only a command that could not be run has.
  func line() -> [UInt8] {
    var line = JSONLine()
    if let input { line.add("input", input.bytes, base64Name: "input_base64") }
    line.add("argv", argv.map(\.description))
    line.add("pid", outcome.map { Int($0.pid) })
    line.add("exit_code", exitCode)
    line.add("signal", signal)
    line.add("timed_out", outcome?.isTimedOut ?? false)
    line.add("truncated", outcome?.isTruncated ?? false)
    line.add("matched", outcome?.isMatched ?? false)
    line.add("duration_ms", outcome?.duration.milliseconds ?? 0)
    line.add("user_ms", outcome?.usage?.userTime.milliseconds)
    line.add("system_ms", outcome?.usage?.systemTime.milliseconds)
    line.add("max_rss_kb", outcome?.usage.map { $0.maximumResidentBytes / 1024 })
    line.add("stdout", outcome?.standardOutput ?? [], base64Name: "stdout_base64")
    line.add("stderr", outcome?.standardError ?? [], base64Name: "stderr_base64")
    if let error { line.add("error", error) }
    return line.finished()
  }

  private var exitCode: Int? {
    if case .exited(let code)? = outcome?.status { Int(code) } else { nil }
  }

  private var signal: Int? {
    if case .signalled(let signal, _)? = outcome?.status { Int(signal.rawValue) } else { nil }
  }
}

extension Duration {
  /// With microseconds as decimals.
  var milliseconds: Double {
    let (seconds, attoseconds) = components
    return (Double(seconds) * 1e6 + Double(attoseconds / 1_000_000_000_000)).rounded() / 1000
  }
}
