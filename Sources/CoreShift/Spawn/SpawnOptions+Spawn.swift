internal import CCoreShift

extension SpawnOptions {
  /// Starts the process; returns once it has begun to execute the file, or throws.
  ///
  /// The calling thread waits for that: microseconds, or as long as the file system of the
  /// executable takes. Everything that this opened is close-on-exec.
  ///
  /// - Throws: With the step that failed as the operation: `spawn` with EINVAL before anything is
  ///   created, for options that make no sense; `pipe2`, `open`, `clone3` in the parent; `setsid`,
  ///   `setpgid`, `dup3`, `chdir`, `close_range`, `execveat` in the child; `posix_spawn` for the
  ///   backend of that name. No child, zombie or descriptor is left behind.
  public func spawn() throws(CoreError) -> SpawnedProcess {
    try validate()
    let block = try SpawnBlock.make(for: self)
    var streams = try SpawnStreams(self)
    var spawned = ccoreshift_spawned()
    let result = unsafe streams.withMappings { mappings in
      var request = unsafe ccoreshift_spawn_request()
      unsafe request.path = unsafe UnsafePointer(block.path)
      unsafe request.arguments = unsafe UnsafePointer(block.arguments)
      unsafe request.environment = unsafe UnsafePointer(block.environment)
      unsafe request.working_directory = unsafe UnsafePointer(block.workingDirectory)
      unsafe request.mappings = mappings.baseAddress
      unsafe request.mapping_count = UInt32(mappings.count)
      unsafe request.flags = requestFlags
      if case .join(let group) = processGroup { unsafe request.process_group = group }
      // SAFETY: the block and the mappings outlive the call, which returns after the child's exec.
      return switch backend {
      case .clone: unsafe ccoreshift_spawn_clone(&request, &spawned)
      case .posixSpawn: unsafe ccoreshift_spawn_posix(&request, &spawned)
      }
    }
    _ = consume block
    guard result == 0 else { throw spawnFailure(result, spawned) }
    return SpawnedProcess(
      process: ProcessDescriptor(
        descriptor: Fd(owning: spawned.pidfd), pid: spawned.pid, leadsGroup: leadsGroup),
      standardInput: streams.parentInput.take(),
      standardOutput: streams.parentOutput.take(),
      standardError: streams.parentError.take())
  }

  private var requestFlags: UInt32 {
    var flags: UInt32 = 0
    if session == .own { flags |= UInt32(CCORESHIFT_SPAWN_NEW_SESSION.rawValue) }
    if processGroup != .inherit { flags |= UInt32(CCORESHIFT_SPAWN_SET_GROUP.rawValue) }
    if closePolicy == .everythingElse { flags |= UInt32(CCORESHIFT_SPAWN_CLOSE_OTHERS.rawValue) }
    if withoutClone3 { flags |= UInt32(CCORESHIFT_SPAWN_WITHOUT_CLONE3.rawValue) }
    return flags
  }

  /// The error of a spawn that failed at a step of the parent or of the child.
  private func spawnFailure(_ result: Int32, _ spawned: ccoreshift_spawned) -> CoreError {
    let file = (executable ?? arguments.first)?.description ?? ""
    let (operation, subject): (StaticString, ErrorSubject) =
      switch ccoreshift_spawn_step(rawValue: UInt32(spawned.failed_step)) {
      case CCORESHIFT_SPAWN_SIGACTION: ("rt_sigaction", .none)
      case CCORESHIFT_SPAWN_SETSID: ("setsid", .none)
      case CCORESHIFT_SPAWN_SETPGID: ("setpgid", joinedGroup)
      case CCORESHIFT_SPAWN_DUP: ("dup3", .descriptor(spawned.failed_descriptor))
      case CCORESHIFT_SPAWN_CHDIR: ("chdir", .path(workingDirectory?.description ?? ""))
      case CCORESHIFT_SPAWN_CLOSE_RANGE: ("close_range", .none)
      case CCORESHIFT_SPAWN_SIGPROCMASK: ("rt_sigprocmask", .none)
      case CCORESHIFT_SPAWN_EXECVEAT: ("execveat", .path(file))
      case CCORESHIFT_SPAWN_POSIX_SPAWN: ("posix_spawn", .path(file))
      case CCORESHIFT_SPAWN_PIDFD_OPEN: ("pidfd_open", .path(file))
      default: ("clone3", .path(file))
      }
    return failure(Int(result), operation, subject)
  }

  private var joinedGroup: ErrorSubject {
    if case .join(let group) = processGroup { .process(group) } else { .none }
  }
}
