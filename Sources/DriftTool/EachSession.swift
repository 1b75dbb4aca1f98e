import Drift

/// One `drift each`, from its first job to its exit status.
///
/// One green thread starts jobs, each a green thread of its own; a job that has ended hands its
/// output to the printer. All run on one OS thread, so the counts below need no lock.
final class EachSession {
  private let plan: EachPlan
  private let inputs: JobInputs
  private let template: Command
  private let printer: JobPrinter
  private let progress: ProgressLine
  private var running: [Int: ChildProcess] = [:]
  private var runningCount = 0
  /// Set while the starter waits for a job to end.
  private var slotFreed: WakeTicket?
  private var startedCount = 0
  private var failures: [(index: Int, summary: String)] = []
  /// The signal that stops the session.
  private var stopSignal: Signal?
  private var isStopping = false
  /// Why there are no more inputs than those that were read.
  private var inputFailure: ToolExit?

  init(_ plan: EachPlan, _ inputs: JobInputs) throws {
    self.plan = plan
    self.inputs = inputs
    var command = Command(RawString(plan.words[0]))
    command.timeout = plan.timeout
    command.grace = plan.grace
    // Searched once. What cannot be found is told by each job, with its input.
    template = (try? command.resolved()) ?? command
    progress = try ProgressLine(total: { inputs.total })
    printer = try JobPrinter(keepsOrder: plan.keepsOrder, progress: progress)
  }

  /// Runs all jobs, and ends by throwing the status.
  func run() throws {
    let signals = try SignalStream([.interrupt, .terminate, .hangUp, .quit])
    try withScope { scope in
      let watcher = scope.spawn(name: "signals") { try self.watch(signals) }
      let ticker = scope.spawn(name: "progress") { self.progress.run() }
      // The jobs' own scope ends when the last one has been printed.
      defer {
        watcher.cancel()
        ticker.cancel()
        progress.hide()
      }
      try withScope { try startJobs(in: $0) }
    }
    throw ending()
  }

  private func startJobs(in scope: Scope) throws {
    let starter = scope.spawn(name: "starter") {
      while !self.isStopping, let input = try self.nextInput() {
        try self.waitForSlot()
        if self.isStopping { return }
        self.start(input, in: scope)
      }
    }
    self.starter = starter
    do {
      try starter.join()
    } catch is Cancelled where isStopping {
    }
  }

  private var starter: Handle<Void>?

  /// What goes wrong with the input ends it, but no running job.
  private func nextInput() throws -> RawString? {
    do {
      return try inputs.next()
    } catch let failure as ToolExit {
      inputFailure = failure
      return nil
    }
  }

  private func waitForSlot() throws {
    while runningCount >= plan.limit && !isStopping {
      let ticket = WakeTicket()
      slotFreed = ticket
      try GreenThread.park(ticket, for: ParkReason("for a job to end"))
    }
  }

  private func start(_ input: RawString, in scope: Scope) {
    let index = startedCount
    startedCount += 1
    runningCount += 1
    progress.counts.running += 1
    scope.spawn(name: "job \(index + 1)") {
      let result = self.runJob(index, input)
      self.running[index] = nil
      self.runningCount -= 1
      self.progress.counts.running -= 1
      self.progress.counts.done += 1
      self.slotFreed?.wake()
      if !self.printer.print(result, at: index) { self.stop() }
    }
  }

  /// Never throws: what goes wrong with one job must not end another.
  private func runJob(_ index: Int, _ input: RawString) -> JobOutput {
    let words = plan.words(for: input)
    var command = template
    if words[0] != RawString(plan.words[0]) {
      command.program = words[0]
      command.argumentZero = nil
    }
    command.arguments = Array(words.dropFirst())
    let argv = words.map(\.description)
    do {
      let output = try command.output(
        limit: .max,
        started: { child in
          self.running[index] = child
          if self.isStopping { child.requestEnd() }
        })
      if let summary = describeFailure(of: output) { fail(index, input, summary) }
      return JobOutput(output, plan.printsReports ? report(argv, output, input) : nil)
    } catch {
      let failure = FailedStart(error, words[0].description)
      fail(index, input, failure.message)
      var report = JobReport(argv: argv, error: failure.message)
      report.input = input.description
      return JobOutput(failure, plan.printsReports ? report : nil)
    }
  }

  private func report(_ argv: [String], _ output: CommandOutput, _ input: RawString) -> JobReport {
    var report = JobReport(argv: argv, output)
    report.input = input.description
    return report
  }

  private func describeFailure(of output: CommandOutput) -> String? {
    if output.isTimedOut { return "timed out" }
    return output.status.isSuccess ? nil : output.status.description
  }

  private func fail(_ index: Int, _ input: RawString, _ summary: String) {
    progress.counts.failed += 1
    failures.append((index, "job \(index + 1) (\(input.description.debugDescription)): \(summary)"))
    if plan.haltsOnFailure { stop() }
  }

  /// Starts no further job and ends the running ones gracefully.
  private func stop() {
    guard !isStopping else { return }
    isStopping = true
    slotFreed?.wake()
    starter?.cancel()
    for child in running.values { child.requestEnd() }
  }

  private func watch(_ signals: SignalStream) throws {
    while true {
      let signal = try signals.next().signal
      if stopSignal != nil {
        // Asked a second time: no more grace.
        for child in running.values { try? child.send(.kill, to: .group) }
      }
      stopSignal = stopSignal ?? signal
      stop()
    }
  }

  private func ending() -> ToolExit {
    if let failure = printer.failure { return failure }
    let first = failures.min { $0.index < $1.index }
    let summary = first.map { "\(failures.count) of \(startedCount) failed, first: \($0.summary)" }
    if let stopSignal {
      return ToolExit(code: ToolExit.signalled(stopSignal.rawValue), message: summary)
    }
    if let inputFailure { return inputFailure }
    return ToolExit(code: failures.isEmpty ? 0 : 1, message: summary)
  }
}
