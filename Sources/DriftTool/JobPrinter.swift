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
  init(_ failure: any Error, _ program: String, _ report: JobReport?) {
    self.report = report
    if report == nil { error = Array("drift: cannot run '\(program)': \(failure)\n".utf8) }
  }
}

/// Prints jobs whole, one after the other, though printing may park in the middle of one.
///
/// Whoever hands in a job while nobody prints becomes the printer, until nothing is left.
final class JobPrinter {
  private let output: InheritedStream
  private let errors: InheritedStream
  private let keepsOrder: Bool
  private let progress: ProgressLine
  private var ready: [JobOutput] = []
  /// Those that have ended before an earlier one has.
  private var early: [Int: JobOutput] = [:]
  private var nextIndex = 0
  private var isPrinting = false

  init(keepsOrder: Bool, progress: ProgressLine) throws {
    self.keepsOrder = keepsOrder
    self.progress = progress
    output = try InheritedStream(1, for: .writing)
    errors = try InheritedStream(2, for: .writing)
  }

  /// Prints the output of job `index`, or leaves it to whoever prints already. Parks.
  func print(_ job: JobOutput, at index: Int) throws {
    if keepsOrder {
      early[index] = job
      while let next = early.removeValue(forKey: nextIndex) {
        ready.append(next)
        nextIndex += 1
      }
    } else {
      ready.append(job)
    }
    guard !isPrinting else { return }
    isPrinting = true
    defer { isPrinting = false }
    while !ready.isEmpty {
      let batch = ready
      ready = []
      for job in batch { try write(job) }
    }
  }

  private func write(_ job: JobOutput) throws {
    let line = try job.report?.line() ?? []
    if line.isEmpty && job.output.isEmpty && job.error.isEmpty { return }
    progress.erase()
    if !line.isEmpty { try output.write(line) }
    if !job.output.isEmpty { try output.write(job.output) }
    if !job.error.isEmpty { try errors.write(job.error) }
  }
}
