import Drift

/// What one job leaves to be printed.
struct JobOutput {
  var output: [UInt8] = []
  var error: [UInt8] = []
  var report: JobReport?
  /// About how much memory it holds.
  private(set) var byteCount = Self.recordByteCount

  /// About what a job without any output holds, with its words and its place in the queue.
  private static let recordByteCount = 512

  /// A job that was never started: only its place in the order.
  init() {}

  /// A job that ran.
  init(_ result: CommandOutput, _ report: JobReport?) {
    self.report = report
    byteCount += result.standardOutput.count + result.standardError.count
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
  /// What was handed in and is not written yet.
  private var heldByteCount = 0
  /// Told when ``isFull`` has become false.
  var noteRoom: () -> Void = {}
  /// Why nothing can be printed any more.
  private(set) var failure: ToolExit?

  /// How much may wait for a slow reader, or behind a slow job, before no further job is started.
  private static let heldByteLimit = 64 << 20

  /// Whether so much waits to be written that there must not be more jobs.
  ///
  /// Jobs are started in order, so the one that holds up the others' outputs runs already.
  var isFull: Bool { heldByteCount > Self.heldByteLimit }

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
    heldByteCount += job.byteCount
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
        var batch = Array(ready.reversed())
        ready = []
        // Each is let go of once it is written.
        while let job = batch.popLast() {
          try write(job)
          noteWritten(job.byteCount)
        }
      }
    } catch {
      failure = error as? ToolExit ?? ToolExit(code: ToolExit.misuse, message: "\(error)")
    }
    progress.show(isMidLine: output.isMidLine || errors.isMidLine)
    return failure == nil
  }

  private func noteWritten(_ byteCount: Int) {
    let wasFull = isFull
    heldByteCount -= byteCount
    if wasFull && !isFull { noteRoom() }
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
