internal import CCoreShift

extension SpawnOptions {
  /// Starts the process; returns once it has begun to execute the file, or throws.
  ///
  /// The calling thread waits for that: microseconds, or as long as the file system of the
  /// executable takes. A program with a loop that must not stand still meanwhile spawns on an OS
  /// thread of its own: options and result can be sent, but a ``parentDeathSignal`` follows that
  /// thread. Everything that this opened is close-on-exec.
  ///
  /// - Throws: With the step that failed as the operation. Before anything is created: `spawn`,
  ///   with EINVAL for options that make no sense, and ENOSYS for those that the backend does not
  ///   have. In the parent: `pipe2`, `open`, `ioctl`, `fcntl`, `mmap`, `clone3`. In the child, in
  ///   this order: `close_range`, `setsid`, `setpgid`, `dup3`, `ioctl`, `setpriority`,
  ///   `prlimit64`, `setgroups`, `setresgid`, `prctl`, `setresuid`, `fchdir`, `chdir`, `prctl`,
  ///   `close_range`, `execveat`; or `posix_spawn` and `pidfd_open` for that backend. No child,
  ///   zombie or descriptor is left.
  public func spawn() throws(CoreError) -> SpawnedProcess {
    try spawn(meanwhile: isNotSuspended ? { _ in false } : nil)
  }

  /// Starts the process as ``spawn()`` does, but is not suspended until the exec: `meanwhile` waits
  /// for the child and for something else, and only then the rest of the way is waited for.
  ///
  /// `meanwhile` is called once at most, and tells whether it has seen the child's end. It must
  /// neither open nor close descriptors, which are the child's, too, nor let anybody else run. A
  /// child with an ``identity`` or of the `.fork` backend has come to its exec by then, and
  /// `.posixSpawn` does not call it.
  package func spawn(
    meanwhile: ((NewChild) -> Bool)?
  ) throws(CoreError) -> SpawnedProcess {
    try validate()
    let block = try SpawnBlock.make(for: self)
    var streams = try SpawnStreams(self)
    let lists = SpawnLists(self)
    let isPosix = backend == .posixSpawn
    let outputs = streams.outputNumbers()
    var meanwhile = meanwhile.map { Meanwhile(outputs, $0) }
    var request = unsafe makeRequest()
    unsafe request.path = unsafe UnsafePointer(block.path)
    unsafe request.arguments = unsafe UnsafePointer(block.arguments)
    unsafe request.environment = unsafe UnsafePointer(block.environment)
    unsafe request.working_directory = unsafe UnsafePointer(block.workingDirectory)
    ccoreshift_dropped_reap()
    var spawned = ccoreshift_spawned()
    // SAFETY: the block, the mappings and the lists outlive the call, which returns after the
    // child's exec.
    let result = unsafe streams.withMappings { mappings in
      unsafe request.mappings = mappings.baseAddress
      unsafe request.mapping_count = UInt32(mappings.count)
      return unsafe lists.withPointers(in: &request) { request in
        if isPosix { return unsafe ccoreshift_spawn_posix(&request, &spawned) }
        let result = unsafe meanwhile?.clone(&request, &spawned)
        return unsafe result ?? ccoreshift_spawn_clone(&request, &spawned)
      }
    }
    _ = consume block
    guard result == 0 else { throw failure(at: spawned, result) }
    let held = holdsOutputsOpen ? streams.takeChildOutputs() : nil
    var child = SpawnedProcess(
      process: ProcessDescriptor(
        descriptor: Fd(owning: spawned.pidfd), pid: spawned.pid, leadsGroup: leadsGroup,
        joinedGroup: joinedGroup),
      standardInput: streams.parentInput.take(),
      standardOutput: streams.parentOutput.take(),
      standardError: streams.parentError.take(),
      terminal: streams.terminal.take())
    child.heldOutputs = held
    child.hasEnded = meanwhile?.hasSeenEnd ?? false
    return child
  }

  /// Whether ``nullDevice`` would be used.
  package var hasNullStream: Bool {
    if case .null = standardInput { return true }
    if case .null = standardOutput { return true }
    if case .null = standardError { return true }
    return false
  }

  /// What ``nullDevice`` takes, close-on-exec and above 2.
  package static func openNullDevice() throws(CoreError) -> Fd {
    try SpawnStreams.openNullDevice()
  }

  /// The error of a spawn that failed at a step of the parent or of the child.
  private func failure(at spawned: ccoreshift_spawned, _ result: Int32) -> CoreError {
    let file = (executable ?? arguments.first)?.description ?? ""
    let descriptor = ErrorSubject.descriptor(spawned.failed_descriptor)
    let (operation, subject): (StaticString, ErrorSubject) =
      switch ccoreshift_spawn_step(rawValue: UInt32(spawned.failed_step)) {
      case CCORESHIFT_SPAWN_SIGACTION: ("rt_sigaction", .none)
      case CCORESHIFT_SPAWN_SETSID: ("setsid", .none)
      case CCORESHIFT_SPAWN_SETPGID: ("setpgid", joinedGroup.map { .process($0) } ?? .none)
      case CCORESHIFT_SPAWN_DUP: ("dup3", descriptor)
      case CCORESHIFT_SPAWN_TERMINAL: ("ioctl", descriptor)
      case CCORESHIFT_SPAWN_SETPRIORITY: ("setpriority", .argument("niceness"))
      case CCORESHIFT_SPAWN_PRLIMIT: ("prlimit64", .argument("resourceLimits"))
      case CCORESHIFT_SPAWN_SETGROUPS: ("setgroups", .argument("identity"))
      case CCORESHIFT_SPAWN_SETRESGID: ("setresgid", .argument("identity"))
      case CCORESHIFT_SPAWN_AMBIENT: ("prctl", .argument("identity"))
      case CCORESHIFT_SPAWN_SETRESUID: ("setresuid", .argument("identity"))
      case CCORESHIFT_SPAWN_FCHDIR: ("fchdir", descriptor)
      case CCORESHIFT_SPAWN_CHDIR: ("chdir", .path(workingDirectory?.description ?? ""))
      case CCORESHIFT_SPAWN_NO_NEW_PRIVILEGES: ("prctl", .argument("forbidsNewPrivileges"))
      case CCORESHIFT_SPAWN_DEATH_SIGNAL: ("prctl", .argument("parentDeathSignal"))
      case CCORESHIFT_SPAWN_CLOSE_RANGE: ("close_range", .none)
      case CCORESHIFT_SPAWN_SIGPROCMASK: ("rt_sigprocmask", .none)
      case CCORESHIFT_SPAWN_EXECVEAT: ("execveat", .path(file))
      case CCORESHIFT_SPAWN_MMAP: ("mmap", .none)
      case CCORESHIFT_SPAWN_POSIX_SPAWN: ("posix_spawn", .path(file))
      case CCORESHIFT_SPAWN_PIDFD_OPEN: ("pidfd_open", .path(file))
      default: ("clone3", controlGroup.map { .descriptor($0) } ?? .path(file))
      }
    return CoreShift.failure(Int(result), operation, subject)
  }

  private var joinedGroup: Int32? {
    if case .join(let group) = processGroup { group } else { nil }
  }
}
