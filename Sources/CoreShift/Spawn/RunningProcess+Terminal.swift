// A running process's terminal is drained as one of its outputs and fed through a second descriptor
// of the same open file. The kernel hangs a terminal up when the last one closes, so the second one
// never outlives the first.

extension SpawnOptions {
  /// As which output a running process's terminal is drained; nil without one, and where both
  /// outputs are pipes.
  var terminalStream: DrainedStream? {
    if standardOutput == .terminal { return .standardOutput }
    if standardError == .terminal { return .standardError }
    guard standardInput == .terminal else { return nil }
    if standardOutput != .pipe { return .standardOutput }
    return standardError == .pipe ? nil : .standardError
  }

  /// Spawns, and makes the terminal the parent's end of an output, and of the input if it is fed.
  func spawn(feeding policy: borrowing RunPolicy) throws(CoreError) -> SpawnedProcess {
    let stream = terminalStream
    guard stream != nil || standardInput != .terminal else {
      throw CoreError(
        operation: "spawn", code: .invalidArgument, subject: .argument("standardInput"))
    }
    try validate(for: policy)
    var spawned = try spawn()
    guard let stream, let terminal = spawned.terminal.take() else { return spawned }
    if standardInput == .terminal, !policy.input.isEmpty || policy.inputEnd == .onRequest {
      spawned.standardInput = try terminal.descriptor.duplicate()
    }
    let end = terminal.descriptor
    switch stream {
    case .standardOutput: spawned.standardOutput = consume end
    case .standardError: spawned.standardError = consume end
    }
    return spawned
  }
}

extension RunningProcess {
  /// How large its terminal is, as the process may have changed it (`TIOCGWINSZ`).
  ///
  /// EBADF without a terminal, or once it has ended.
  public borrowing func terminalSize() throws(CoreError) -> TerminalSize {
    try PseudoTerminal.size(of: terminalNumber)
  }

  /// Makes its terminal another size, of which the foreground group learns by SIGWINCH
  /// (`TIOCSWINSZ`).
  ///
  /// EBADF without a terminal, or once it has ended.
  public borrowing func setTerminalSize(_ size: TerminalSize) throws(CoreError) {
    try PseudoTerminal.setSize(size, of: terminalNumber)
  }

  /// Negative once it is closed, and without one.
  private var terminalNumber: Int32 {
    terminalStream.map { drain.number(of: $0) } ?? -1
  }

  /// Closes the input as well when the terminal that it belongs to was closed.
  mutating func followTerminal(on reactor: inout Reactor) {
    guard readsTerminal, terminalNumber < 0 else { return }
    drain.closeInput(on: &reactor)
  }
}
