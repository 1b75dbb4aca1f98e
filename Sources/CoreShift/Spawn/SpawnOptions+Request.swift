internal import CCoreShift

extension SpawnOptions {
  /// The options that need no pointer, as the C code takes them.
  func makeRequest() -> ccoreshift_spawn_request {
    var request = unsafe ccoreshift_spawn_request()
    var flags: UInt32 = 0
    func set(_ flag: ccoreshift_spawn_flags) { flags |= UInt32(flag.rawValue) }
    if backend == .fork { set(CCORESHIFT_SPAWN_COPY_MEMORY) }
    if asksBeforehand { set(CCORESHIFT_SPAWN_PARENT_ASKS) }
    if withoutClone3 { set(CCORESHIFT_SPAWN_WITHOUT_CLONE3) }
    if session == .own { set(CCORESHIFT_SPAWN_NEW_SESSION) }
    if processGroup != .inherit { set(CCORESHIFT_SPAWN_SET_GROUP) }
    if case .join(let group) = processGroup { unsafe request.process_group = group }
    if closePolicy != .closeOnExecOnly { set(CCORESHIFT_SPAWN_CLOSE_OTHERS) }
    if case .from(let first) = closePolicy { unsafe request.first_closed = UInt32(first) }
    if let workingDirectoryDescriptor {
      set(CCORESHIFT_SPAWN_SET_DIRECTORY)
      unsafe request.directory = workingDirectoryDescriptor
    }
    if let controllingTerminal {
      set(CCORESHIFT_SPAWN_SET_TERMINAL)
      unsafe request.terminal = controllingTerminal
    }
    if let controlGroup {
      set(CCORESHIFT_SPAWN_INTO_CGROUP)
      unsafe request.control_group = controlGroup
    }
    // SAFETY: these are plain numbers in a structure that starts as zeroes.
    unsafe request.flags = flags | addTraits(to: &request)
    return unsafe request
  }

  /// What the child takes on; the result is its flags.
  private func addTraits(to request: inout ccoreshift_spawn_request) -> UInt32 {
    var flags: UInt32 = 0
    func set(_ flag: ccoreshift_spawn_flags) { flags |= UInt32(flag.rawValue) }
    if let fileMask {
      set(CCORESHIFT_SPAWN_SET_UMASK)
      unsafe request.file_mask = fileMask
    }
    if let niceness {
      set(CCORESHIFT_SPAWN_SET_NICENESS)
      unsafe request.niceness = niceness
    }
    if let user = identity?.user {
      set(CCORESHIFT_SPAWN_SET_UID)
      unsafe request.user = user
    }
    if let group = identity?.group {
      set(CCORESHIFT_SPAWN_SET_GID)
      unsafe request.group = group
    }
    if identity?.supplementaryGroups != nil { set(CCORESHIFT_SPAWN_SET_GROUPS) }
    if !resourceLimits.isEmpty { set(CCORESHIFT_SPAWN_SET_LIMITS) }
    if forbidsNewPrivileges { set(CCORESHIFT_SPAWN_NO_PRIVILEGES) }
    if let parentDeathSignal {
      set(CCORESHIFT_SPAWN_SET_DEATH_SIGNAL)
      unsafe request.death_signal = parentDeathSignal.rawValue
    }
    if let childFault {
      unsafe request.fault_position = childFault.position
      unsafe request.fault_code = childFault.code.rawValue
    }
    return flags
  }
}

/// The lists among the options.
struct SpawnLists {
  private var groups: [UInt32] = []
  private var limits: [ccoreshift_spawn_limit] = []

  init(_ options: borrowing SpawnOptions) {
    if case .some = options.identity { groups = options.identity?.supplementaryGroups ?? [] }
    for limit in options.resourceLimits {
      limits.append(
        ccoreshift_spawn_limit(
          resource: limit.resource.rawValue, keeps_hard: limit.hard == nil ? 1 : 0,
          soft: limit.soft, hard: limit.hard ?? 0))
    }
  }

  /// Lends them to the body, in its request.
  func withPointers<Result>(
    in request: inout ccoreshift_spawn_request,
    _ body: (inout ccoreshift_spawn_request) -> Result
  ) -> Result {
    unsafe groups.withUnsafeBufferPointer { groups in
      unsafe limits.withUnsafeBufferPointer { limits in
        unsafe request.groups = groups.baseAddress
        unsafe request.group_count = UInt32(groups.count)
        unsafe request.limits = limits.baseAddress
        unsafe request.limit_count = UInt32(limits.count)
        return unsafe body(&request)
      }
    }
  }
}
