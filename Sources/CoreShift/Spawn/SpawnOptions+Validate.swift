extension SpawnOptions {
  /// Refuses what makes no sense, before anything is opened or created.
  func validate() throws(CoreError) {
    try require(!arguments.isEmpty, "arguments")
    try require(session == .inherit || processGroup == .inherit, "processGroup")
    if case .join(let group) = processGroup { try require(group > 0, "processGroup") }
    if let directory = workingDirectoryDescriptor {
      try require(directory >= 0, "workingDirectoryDescriptor")
    }
    try require(isPossible(standardInput, mayMerge: false), "standardInput")
    if case .file(_, let options, _) = standardInput {
      try require(!options.contains(.truncate), "standardInput")
    }
    try require(isPossible(standardOutput, mayMerge: false), "standardOutput")
    try require(isPossible(standardError, mayMerge: true), "standardError")
    if case .from(let first) = closePolicy { try require(first >= 0, "closePolicy") }
    try validateDescriptors()
    try validateTraits()
    if backend == .posixSpawn { try validateForPosixSpawn() }
  }

  /// Refuses a policy that asks for what has nothing to act on here.
  func validate(for policy: borrowing RunPolicy) throws(CoreError) {
    let isFed = standardInput == .pipe || standardInput == .terminal
    try require(policy.input.isEmpty || isFed, "input")
    let isOutputDrained = standardOutput == .pipe || terminalStream == .standardOutput
    try require(policy.match == nil || isOutputDrained, "match")
    let isDrained = isOutputDrained || standardError == .pipe || terminalStream != nil
    try require(policy.sink == nil || isDrained, "sink")
    try require(policy.survivors == .letLive || leadsGroup, "survivors")
  }

  private func validateDescriptors() throws(CoreError) {
    if let terminal = controllingTerminal {
      let isGiven = (0...2).contains(terminal) || descriptors.contains { $0.target == terminal }
      try require(session == .own && isGiven, "controllingTerminal")
    }
    guard !descriptors.isEmpty else { return }
    var targets: Set<Int32> = [0, 1, 2]
    for mapping in descriptors {
      try require(mapping.source >= 0 && mapping.target >= 0, "descriptors")
      try require(targets.insert(mapping.target).inserted, "descriptors")
    }
  }

  private func validateTraits() throws(CoreError) {
    if let identity {
      let nobody = UInt32.max
      try require(identity.user != nobody, "identity")
      try require(identity.group != nobody, "identity")
      try require(identity.supplementaryGroups?.contains(nobody) != true, "identity")
    }
    if let fileMask { try require(fileMask <= 0o777, "fileMask") }
    if let niceness { try require((-20...19).contains(niceness), "niceness") }
    if let signal = parentDeathSignal {
      try require((1...64).contains(signal.rawValue), "parentDeathSignal")
    }
    if let group = controlGroup { try require(group >= 0, "controlGroup") }
    guard !resourceLimits.isEmpty else { return }
    var resources: Set<ResourceLimit.Resource> = []
    for limit in resourceLimits {
      try require((0..<16).contains(limit.resource.rawValue), "resourceLimits")
      try require(resources.insert(limit.resource).inserted, "resourceLimits")
      try require(limit.soft <= limit.hard ?? .max, "resourceLimits")
    }
  }

  /// What the C library's posix_spawn has no attribute for.
  private func validateForPosixSpawn() throws(CoreError) {
    try require(controllingTerminal == nil, "controllingTerminal", else: .notImplemented)
    try require(identity == nil, "identity", else: .notImplemented)
    try require(resourceLimits.isEmpty, "resourceLimits", else: .notImplemented)
    try require(fileMask == nil, "fileMask", else: .notImplemented)
    try require(niceness == nil, "niceness", else: .notImplemented)
    try require(!forbidsNewPrivileges, "forbidsNewPrivileges", else: .notImplemented)
    try require(parentDeathSignal == nil, "parentDeathSignal", else: .notImplemented)
    try require(controlGroup == nil, "controlGroup", else: .notImplemented)
  }

  private func isPossible(_ stream: StandardStream, mayMerge: Bool) -> Bool {
    switch stream {
    case .inherit, .null, .pipe, .terminal: true
    case .descriptor(let number): number >= 0
    case .file(let path, _, let permissions): permissions <= 0o7777 && !path.bytes.contains(0)
    case .standardOutput: mayMerge
    }
  }

  private func require(
    _ isMet: Bool, _ name: String, else code: ErrorCode = .invalidArgument
  ) throws(CoreError) {
    guard isMet else {
      throw CoreError(operation: "spawn", code: code, subject: .argument(name))
    }
  }
}
