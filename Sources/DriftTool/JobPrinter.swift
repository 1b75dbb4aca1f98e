import Drift

/// What one job leaves to be printed.
struct JobOutput {
  var output: [UInt8] = []
  var error: [UInt8] = []
  var report: JobReport?

  /// A job that ran.
  init(_ result: CommandOutput, _ report: JobReport?) {
    self.report = report
    if report == nil {
      output = result.standardOutput
      error = result.standardError
    }
  }

  /// A job that could not be run.
  init(_ failure: FailedStart, _ report: JobReport?) {
    self.report = report
    if report == nil { error = Array("drift: \(failure.message)\n".utf8) }
  }
}

/// Prints jobs whole, one after the other, though printing may park in the middle of one.
///
/// Whoever hands in a job while nobody prints becomes the printer, until nothing is left.
final class JobPrinter {
  private let output: StandardOutput
  private let errors: StandardOutput
  private let keepsOrder: Bool
  private let progress: ProgressLine
  private var ready: [JobOutput] = []
  /// Those that have ended before an earlier one has.
  private var early: [Int: JobOutput] = [:]
  private var nextIndex = 0
  private var isPrinting = false
  /// Why nothing can be printed any more.
  private(set) var failure: ToolExit?

  init(keepsOrder: Bool, progress: ProgressLine) throws {
    self.keepsOrder = keepsOrder
    self.progress = progress
    output = try .output()
    errors = try .errors()
  }

  /// Prints the output of job `index`, or leaves it to whoever prints already.
  ///
  /// Parks.
  ///
  /// False when it cannot be printed; see ``failure``.
  func print(_ job: JobOutput, at index: Int) -> Bool {
    if keepsOrder {
      early[index] = job
      while let next = early.removeValue(forKey: nextIndex) {
        ready.append(next)
        nextIndex += 1
      }
    } else {
      ready.append(job)
    }
    guard !isPrinting else { return true }
    isPrinting = true
    defer { isPrinting = false }
    do {
      while !ready.isEmpty && failure == nil {
        let batch = ready
        ready = []
        for job in batch { try write(job) }
      }
    } catch {
      failure = error as? ToolExit ?? ToolExit(code: ToolExit.misuse, message: "\(error)")
    }
    progress.show(isMidLine: output.isMidLine || errors.isMidLine)
    return failure == nil
  }

  private func write(_ job: JobOutput) throws {
    let line = job.report?.line() ?? []
    if line.isEmpty && job.output.isEmpty && job.error.isEmpty { return }
    progress.hide()
    try output.write(line)
    try output.write(job.output)
    try errors.write(job.error)
  }
}
