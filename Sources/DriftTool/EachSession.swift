import Drift

/// One `drift each`, from its first job to its exit status.
///
/// One green thread fills free slots with jobs, each on a green thread of its own, which goes on
/// with the next input once its job has ended: so the next child starts at once, and runs while
/// this thread sees to other jobs' ends. A job that has ended hands its output to the printer;
/// while too much waits there, no further job is started. All run on one OS thread, so the counts
/// below need no lock.
final class EachSession {
  private let plan: EachPlan
  private let inputs: JobInputs
  private let template: Command
  private let printer: JobPrinter
  private let progress: ProgressLine
  /// Every job's input: one that is opened for all of them.
  private let emptyInput: Fd
  private var running: [Int: ChildProcess] = [:]
  private var runningCount = 0
  /// Set while the starter waits for a job to end, or for the printer.
  private var slotFreed: WakeTicket?
  /// Jobs that could not start yet for lack of descriptors or processes.
  private var starved: [WakeTicket] = []
  /// How many may run at a time: what was asked, or fewer where the system has no more.
  private var limit: Int
  private var startedCount = 0
  private var failedCount = 0
  /// What was wrong with the first that failed.
  private var firstFailure: String?
  /// The signal that stops the session.
  private var stopSignal: Signal?
  private var isStopping = false
  /// Why there are no more inputs than those that were read.
  private var inputFailure: ToolExit?

  init(_ plan: EachPlan, _ inputs: JobInputs) throws {
    self.plan = plan
    self.inputs = inputs
    limit = plan.limit
    var command = Command(plan.words[0])
    command.timeout = plan.timeout
    command.grace = plan.grace
    emptyInput = try Fd(opening: "/dev/null", for: .reading)
    command.standardInput = .descriptor(emptyInput.rawValue)
    // Searched once. What cannot be found is told by each job, with its input.
    template = (try? command.resolved()) ?? command
    progress = try ProgressLine(total: { inputs.total })
    printer = try JobPrinter(keepsOrder: plan.keepsOrder, progress: progress)
    printer.noteRoom = { [unowned self] in slotFreed?.wake() }
  }

  /// Runs all jobs, and ends by throwing the status.
  func run() throws {
    let signals = try EndingSignals.taken()
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
      while !self.isStopping, try self.awaitInput() {
        try self.waitForSlot()
        if let job = self.takeJob() { self.run(job, in: scope) }
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
  private func awaitInput() throws -> Bool {
    do {
      return try inputs.awaitNext()
    } catch let failure as ToolExit {
      inputFailure = failure
      return false
    }
  }

  /// Whether one more job may run.
  private var hasRoom: Bool { runningCount < limit && !printer.isFull }

  private func waitForSlot() throws {
    while !hasRoom && !isStopping {
      let ticket = WakeTicket()
      slotFreed = ticket
      try GreenThread.park(ticket, for: ParkReason("for a job to end, or to be printed"))
    }
  }

  /// The next job, if it may start now.
  private func takeJob() -> Job? {
    guard !isStopping, hasRoom, starved.isEmpty, let input = inputs.take() else {
      return nil
    }
    defer { startedCount += 1 }
    runningCount += 1
    progress.counts.running += 1
    return Job(index: startedCount, input: input)
  }

  private func run(_ first: Job, in scope: Scope) {
    scope.spawn(name: "job") {
      var next: Job? = first
      while let job = next {
        let result = self.runJob(job.index, job.input)
        self.noteEnd(of: job)
        if result == nil { self.startedCount -= 1 } else { self.progress.counts.done += 1 }
        // Printing may park, and the slot is free meanwhile.
        if !self.printer.print(result ?? JobOutput(), at: job.index) { self.stop() }
        next = self.takeJob()
      }
    }
  }

  private func noteEnd(of job: Job) {
    running[job.index] = nil
    runningCount -= 1
    progress.counts.running -= 1
    if starved.isEmpty {
      // What was scarce may be there again; if it is not, the next job that starts finds out.
      limit = min(plan.limit, limit + 1)
    } else {
      starved.removeFirst().wake()
    }
    slotFreed?.wake()
  }

  /// Nil for one that was never started, since the session was stopped before.
  ///
  /// Never throws: what goes wrong with one job must not end another.
  private func runJob(_ index: Int, _ input: RawString) -> JobOutput? {
    let words = plan.words(for: input)
    var command = template
    if words[0] != plan.words[0] {
      command.program = words[0]
      command.argumentZero = nil
    }
    command.arguments = Array(words.dropFirst())
    do {
      guard let output = try outcome(of: command, index) else { return nil }
      if let summary = describeFailure(of: output) { fail(index, input, summary) }
      return JobOutput(output, plan.printsReports ? report(words, output, input) : nil)
    } catch {
      let failure = FailedStart(error, words[0].description)
      fail(index, input, failure.message)
      var report = JobReport(argv: words, error: failure.message)
      report.input = input
      return JobOutput(failure, plan.printsReports ? report : nil)
    }
  }

  /// While descriptors or processes are scarce and other jobs hold some, waits for one to end.
  private func outcome(of command: Command, _ index: Int) throws -> CommandOutput? {
    while !isStopping {
      do {
        return try command.output(
          limit: .max,
          started: { child in
            self.running[index] = child
            if self.isStopping { child.requestEnd() }
          })
      } catch let error as CoreError where error.isScarcity && !running.isEmpty {
        // Once it is stopped nobody would wake it.
        if isStopping { break }
        limit = max(1, running.count)
        let ticket = WakeTicket()
        starved.append(ticket)
        try GreenThread.park(ticket, for: ParkReason("for a job to end"))
      }
    }
    return nil
  }

  private func report(_ argv: [RawString], _ output: CommandOutput, _ input: RawString) -> JobReport
  {
    var report = JobReport(argv: argv, output)
    report.input = input
    return report
  }

  private func describeFailure(of output: CommandOutput) -> String? {
    if output.isTimedOut { return "timed out" }
    return output.status.isSuccess ? nil : output.status.description
  }

  private func fail(_ index: Int, _ input: RawString, _ summary: String) {
    progress.counts.failed += 1
    failedCount += 1
    firstFailure = firstFailure ?? "job \(index + 1) (\(shown(input))): \(summary)"
    if plan.haltsOnFailure { stop() }
  }

  /// In quotes, and no more of it than people read.
  private func shown(_ input: RawString) -> String {
    let shownCount = 200
    guard input.bytes.count > shownCount else { return input.description.debugDescription }
    let beginning = String(decoding: input.bytes.prefix(shownCount), as: UTF8.self)
    return "\(beginning.debugDescription)..."
  }

  /// Starts no further job and ends the running ones gracefully.
  private func stop() {
    guard !isStopping else { return }
    isStopping = true
    slotFreed?.wake()
    starter?.cancel()
    for child in running.values { child.requestEnd() }
    for ticket in starved { ticket.wake() }
    starved = []
  }

  private func watch(_ signals: SignalStream?) throws {
    guard let signals, let first = try signals.next()?.signal else { return }
    stopSignal = first
    stop()
    guard let second = try signals.next()?.signal else { return }
    // What is left is to print, and whoever is to read that may never do it.
    if running.isEmpty { second.endProcess() }
    // No more grace.
    for child in running.values { try? child.send(.kill, to: .group) }
    try signals.next()?.signal.endProcess()
  }

  private func ending() -> ToolExit {
    if let failure = printer.failure { return failure }
    let summary = firstFailure.map { "\(failedCount) of \(startedCount) failed, first: \($0)" }
    if let stopSignal {
      return ToolExit(code: ToolExit.signalled(stopSignal.rawValue), message: summary)
    }
    if let inputFailure { return inputFailure }
    return ToolExit(code: failedCount == 0 ? 0 : 1, message: summary)
  }
}

/// One input's turn.
private struct Job {
  let index: Int
  let input: RawString
}

extension CoreError {
  /// Whether the same call may succeed once other processes have ended.
  fileprivate var isScarcity: Bool {
    switch code {
    case .tooManyOpenFiles, .systemFileTableFull, .wouldBlock: true
    default: false
    }
  }
}
