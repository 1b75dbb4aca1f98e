/// How much of a child's output is kept, and how much work one event may be.
public struct DrainLimits: Hashable, Sendable {
  /// The most bytes that are kept of both outputs together; the first ones are.
  public var byteLimit: Int
  /// The most bytes that one event moves through one pipe, so that an endless producer starves
  /// nobody; what is left comes with the next wait.
  public var bytesPerTurn: Int

  /// Keeps 1 MiB, and moves 64 KiB in a turn, unless told otherwise.
  public init(byteLimit: Int = 1 << 20, bytesPerTurn: Int = 1 << 16) {
    self.byteLimit = max(0, byteLimit)
    self.bytesPerTurn = max(1, bytesPerTurn)
  }
}

/// What draining has come to.
public struct DrainedOutput: Hashable, Sendable {
  /// What was kept of the standard output.
  public var standardOutput: [UInt8] = []
  /// What was kept of the standard error.
  public var standardError: [UInt8] = []
  /// Whether more was written than the limit let us keep.
  public var isTruncated = false
  /// Whether the standard output contained what was looked for.
  public var isMatched = false
}
