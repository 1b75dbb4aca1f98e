internal import CCoreShift

/// How a child is made.
///
/// The caller names one; what it cannot do is ENOSYS with the option's name, before anything is
/// created, and never another one.
public enum SpawnBackend: Hashable, Sendable, CaseIterable {
  /// clone3 with `CLONE_VM | CLONE_PIDFD`, or clone with the same flags where clone3 is missing or
  /// filtered; the calling thread is suspended until the exec (`CLONE_VFORK`), or waits for it
  /// (`CLONE_CHILD_CLEARTID`). Costs the same whatever the parent's size, and an error names the
  /// step at which the child failed.
  case clone
  /// The same without `CLONE_VM`: the child has a copy of this process's memory, and can do all
  /// that it can with ``clone``. The cost grows with the parent: tens of milliseconds for each
  /// gigabyte. For children whose user must have no hand in this process's memory, not even
  /// until they execute.
  case fork
  /// The C library's `posix_spawn`, then `pidfd_open`. An error of the child names
  /// `posix_spawn` only, and while SIGCHLD is ignored a child that ends at once is reported as
  /// ESRCH. ENOSYS with it: ``SpawnOptions/controllingTerminal``, ``SpawnOptions/identity``,
  /// ``SpawnOptions/resourceLimits``, ``SpawnOptions/fileMask``, ``SpawnOptions/niceness``,
  /// ``SpawnOptions/forbidsNewPrivileges``, ``SpawnOptions/parentDeathSignal`` and
  /// ``SpawnOptions/controlGroup``.
  case posixSpawn

  /// The best backend that works here, tried once with a child that executes nothing.
  ///
  /// What may pass, such as a shortage of descriptors or memory, says nothing against ``clone``.
  public static let preferred: SpawnBackend = probe()

  /// What ``preferred`` is when it is found now.
  package static func probe() -> SpawnBackend {
    var spawned = ccoreshift_spawned()
    var result: Int32 = 0
    // SAFETY: the request and what it points at outlive the call; the empty path makes exec fail.
    let step = unsafe "".withCString { path in
      var arguments: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
      return unsafe arguments.withUnsafeMutableBufferPointer { arguments in
        var request = unsafe ccoreshift_spawn_request()
        unsafe request.path = path
        unsafe request.arguments = UnsafePointer(arguments.baseAddress)
        unsafe request.environment = UnsafePointer(arguments.baseAddress)
        result = unsafe ccoreshift_spawn_clone(&request, &spawned)
        return spawned.failed_step
      }
    }
    // Where exec was reached everything works; before it only these three are there to stay.
    guard step != Int32(CCORESHIFT_SPAWN_EXECVEAT.rawValue) else { return .clone }
    let isRefused = [.notImplemented, .notPermitted, .invalidArgument]
      .contains(ErrorCode(rawValue: -result))
    return isRefused ? .posixSpawn : .clone
  }
}
