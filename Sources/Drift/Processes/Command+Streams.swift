public import CoreShift
internal import GreenThreads

extension Command {
  /// What a child's standard input is.
  public enum Input: Sendable {
    /// `/dev/null`: the end at once.
    case null
    /// This program's own.
    ///
    /// On a terminal only with ``Command/processGroup`` `.inherit`: the kernel stops a group that
    /// reads it in the background.
    case inherit
    /// These bytes, and then the end. A child that ends without reading them all is fine.
    case bytes([UInt8])
    /// A file, opened for reading when the command is started.
    case file(RawString)
    /// A copy of this descriptor, which stays the caller's and must be open whenever the command
    /// is started.
    case descriptor(Int32)
    /// A pipe that is written while the child runs, at ``ChildProcess/standardInput``; closing
    /// that is the end.
    ///
    /// Where nobody gets the child to write it, as from ``Command/run(limit:)``, the end at once.
    case pipe

    /// This text's UTF-8, and then the end.
    public static func text(_ text: String) -> Input { .bytes(Array(text.utf8)) }
  }

  /// Where a child's standard output, or its standard error, goes.
  public enum Output: Sendable {
    /// Here, through a pipe: collected by ``Command/output(limit:until:sink:started:)``, within
    /// its limits, or read at ``ChildProcess/standardOutput``.
    case capture
    /// Where this program's own goes.
    case inherit
    /// `/dev/null`.
    case null
    /// Into a file, opened for writing when the command is started; made anew, unless told.
    case file(
      RawString, Fd.OpenOptions = [.create, .truncate], permissions: UInt32 = 0o666)
    /// A copy of this descriptor, which stays the caller's and must be open whenever the command
    /// is started.
    case descriptor(Int32)
    /// Only for the standard error: where the standard output goes, both in true order.
    case standardOutput
  }

  /// Starts it, after a last change of what CoreShift is told.
  ///
  /// The options are filled in where they lie: there are many, and each copy would count.
  /// A child that is collected is nobody's but the caller's, who waits for its end.
  func spawn(
    for events: ReactorEvents, isCollected: Bool = false,
    _ change: (inout SpawnOptions) -> Void = { _ in }
  ) throws(CoreError) -> SpawnedProcess {
    let path = try ProgramSearch.path(of: program, environment: environment)
    var options = SpawnOptions(
      executable: path, arguments: [argumentZero ?? program] + arguments, backend: backend)
    fill(&options)
    change(&options)
    // Each costs two descriptors more: not where there are many.
    options.holdsOutputsOpen = isCollected && events.processes.live < 64
    if options.hasNullStream { options.nullDevice = try events.supplies.nullDeviceNumber() }
    if options.holdsOutputsOpen && mayWaitWhereItStarts(on: events) {
      return try options.spawn { child in wait(forEndOf: child, on: events) }
    }
    // While others run, this thread is not to be suspended for longer than it must.
    options.asksBeforehand = events.processes.live > 0
    return try options.spawn()
  }

  /// Whether its end may be waited for in place of being suspended until its exec: nobody else
  /// would run before either, and its input needs nobody.
  private func mayWaitWhereItStarts(on events: ReactorEvents) -> Bool {
    switch standardInput {
    case .bytes, .pipe: return false
    case .null, .inherit, .file, .descriptor: break
    }
    // The child has a stack of its own in the caller's.
    return GreenThread.wouldWaitInPlace(room: 16 << 10)
      && !events.supplies.isTraced(at: events.recently)
  }

  /// Waits where the child was started, as long as nothing else happens.
  private func wait(forEndOf child: NewChild, on events: ReactorEvents) -> Bool {
    let deadline = timeout.map { Instant.now.advanced(by: $0) } ?? .distantFuture
    var hasEnded = false
    let reason = ParkReason("for the end of process", Int64(child.pid))
    GreenThread.waitInPlace(for: reason, until: deadline) { patience in
      hasEnded = events.wait(patience, forEndOf: child)
    }
    return hasEnded
  }

  private func fill(_ options: inout SpawnOptions) {
    options.environment = environment
    options.workingDirectory = workingDirectory
    options.workingDirectoryDescriptor = workingDirectoryDescriptor
    options.descriptors = descriptors
    options.closePolicy = closePolicy
    options.session = session
    options.processGroup = session == .own && processGroup == .own ? .inherit : processGroup
    options.identity = identity
    options.resourceLimits = resourceLimits
    options.fileMask = fileMask
    options.niceness = niceness
    options.forbidsNewPrivileges = forbidsNewPrivileges
    options.parentDeathSignal = parentDeathSignal
    options.controlGroup = controlGroup
    options.standardInput = standardInput.stream
    options.standardOutput = standardOutput.stream
    options.standardError = standardError.stream
  }
}

extension Command.Input {
  fileprivate var stream: StandardStream {
    switch self {
    case .null: .null
    case .inherit: .inherit
    case .bytes, .pipe: .pipe
    case .file(let path): .file(path)
    case .descriptor(let number): .descriptor(number)
    }
  }
}

extension Command.Output {
  fileprivate var stream: StandardStream {
    switch self {
    case .capture: .pipe
    case .inherit: .inherit
    case .null: .null
    case .file(let path, let options, let permissions):
      .file(path, options, permissions: permissions)
    case .descriptor(let number): .descriptor(number)
    case .standardOutput: .standardOutput
    }
  }
}
