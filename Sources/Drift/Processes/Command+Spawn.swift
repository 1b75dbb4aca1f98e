internal import CoreShift
internal import GreenThreads

// How a command becomes a child.
extension Command {
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
    GreenThread.countAsParked(for: reason, until: deadline) { patience in
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
