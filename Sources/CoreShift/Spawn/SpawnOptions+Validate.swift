extension SpawnOptions {
  /// Refuses what makes no sense, before anything is opened or created.
  func validate() throws(CoreError) {
    try require(!arguments.isEmpty, "arguments")
    try require(session == .inherit || processGroup == .inherit, "processGroup")
    if case .join(let group) = processGroup { try require(group > 0, "processGroup") }
    try require(isPossible(standardInput, mayMerge: false), "standardInput")
    try require(isPossible(standardOutput, mayMerge: false), "standardOutput")
    try require(isPossible(standardError, mayMerge: true), "standardError")
    guard !descriptors.isEmpty else { return }
    var targets: Set<Int32> = [0, 1, 2]
    for mapping in descriptors {
      try require(mapping.source >= 0 && mapping.target >= 0, "descriptors")
      try require(targets.insert(mapping.target).inserted, "descriptors")
    }
  }

  private func isPossible(_ stream: StandardStream, mayMerge: Bool) -> Bool {
    switch stream {
    case .inherit, .null, .pipe: true
    case .descriptor(let number): number >= 0
    case .standardOutput: mayMerge
    }
  }

  private func require(_ isMet: Bool, _ name: String) throws(CoreError) {
    guard isMet else {
      throw CoreError(operation: "spawn", code: .invalidArgument, subject: .argument(name))
    }
  }
}
