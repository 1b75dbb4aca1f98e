import Drift

/// One `drift run`, from its start to its exit status.
struct RunSession {
  let words: [RawString]
  var command: Command
  /// How many bytes of output to keep; nil when it was not asked.
  let limit: Int?
  /// The text to end the command at.
  let until: [UInt8]?
  let printsReport: Bool

  /// With neither a report nor a limit the output goes straight through.
  private var passesThrough: Bool { !printsReport && limit == nil }

  init(words: [RawString], command: Command, limit: Int?, until: [UInt8]?, printsReport: Bool) {
    self.words = words
    self.command = command
    self.limit = limit
    self.until = until
    self.printsReport = printsReport
    if passesThrough && until == nil {
      self.command.standardOutput = .inherit
      self.command.standardError = .inherit
    }
    // On a terminal the command must stay in the foreground group to read it and to get Ctrl-C;
    // the price is that what it starts is out of reach.
    if Fd.isTerminal(0) { self.command.processGroup = .inherit }
  }

  /// Runs the command, prints what is to be printed, and ends by throwing its status.
  func run() throws {
    let signals = try EndingSignals.taken()
    let output = try StandardOutput.output()
    let errors = try StandardOutput.errors()
    let result: CommandOutput
    do {
      result = try outcome(signals, output, errors)
    } catch let exit as ToolExit {
      throw exit
    } catch {
      handBack(signals)
      let failure = FailedStart(error, words[0].description)
      if printsReport { try output.write(JobReport(argv: words, error: failure.message).line()) }
      throw ToolExit(code: failure.status, message: failure.message)
    }
    handBack(signals)
    if printsReport {
      try output.write(JobReport(argv: words, result).line())
    } else if limit != nil {
      try output.write(result.standardOutput)
      try errors.write(result.standardError)
      if result.isTruncated { complain("output beyond the limit was dropped") }
    }
    throw ToolExit(code: status(of: result))
  }

  private func outcome(
    _ signals: SignalStream?, _ output: StandardOutput, _ errors: StandardOutput
  ) throws -> CommandOutput {
    // Shown as it comes when it is to be watched for a text only; nothing need be kept then.
    let sink: ((DrainedStream, [UInt8]) throws -> Void)? =
      passesThrough && until != nil
      ? { try ($0 == .standardOutput ? output : errors).write($1) } : nil
    let kept = sink == nil ? limit ?? 1 << 20 : 0
    return try command.output(
      limit: kept, until: until.map { .bytes($0) }, sink: sink,
      started: { child in
        guard let signals else { return }
        GreenThread.spawn(name: "signals") { try forward(signals, to: child) }
      })
  }

  /// Leaves the signals to the kernel: there is no command any more to pass them on to, and who is
  /// to read what is printed may never do it.
  private func handBack(_ signals: SignalStream?) {
    // What came before the command's end was meant for it, and is taken now.
    GreenThread.yield()
    signals?.close()
  }

  /// Passes signals on, until a second one finds the command ended and its output still to be
  /// written, and ends this tool.
  private func forward(_ signals: SignalStream, to child: ChildProcess) throws {
    let leadsGroup = command.processGroup == .own
    var hasPassedOn = false
    while let delivery = try signals.next() {
      if hasPassedOn && child.exitReport != nil { delivery.signal.endProcess() }
      hasPassedOn = true
      // A stopped command sees it only once it runs again. One that may not be signalled any more,
      // since it changed its user, is nobody's failure.
      if !leadsGroup {
        if !hasReached(child, delivery) { try? child.send(delivery.signal) }
        try? child.send(.continue)
        continue
      }
      try? child.send(delivery.signal, to: .group)
      try? child.send(.continue, to: .group)
    }
  }

  /// Whether a terminal has sent it to the whole foreground group, with the command in it.
  ///
  /// Of its end a terminal tells the leader of its session alone.
  private func hasReached(_ child: ChildProcess, _ delivery: SignalDelivery) -> Bool {
    let isToLeader = delivery.signal == .hangUp && leadsSession
    return delivery.isFromKernel && !isToLeader && sharesProcessGroup(with: child.pid)
  }

  private func status(of result: CommandOutput) -> Int32 {
    if result.isMatched { return 0 }
    switch result.status {
    // As `timeout` has it: 137 for what only KILL has ended.
    case .signalled(.kill, _) where result.isTimedOut: return ToolExit.killed
    case _ where result.isTimedOut: return ToolExit.timedOut
    case .exited(let code): return code
    case .signalled(let signal, _): return ToolExit.signalled(signal.rawValue)
    case .unknown: return ToolExit.misuse
    }
  }
}
