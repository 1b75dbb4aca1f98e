/// One of a child's two outputs.
public enum DrainedStream: Hashable, Sendable {
  /// Descriptor 1.
  case standardOutput
  /// Descriptor 2.
  case standardError
}

/// What draining has come to.
public struct DrainedOutput: Hashable, Sendable {
  /// What was kept of the standard output.
  public var standardOutput: [UInt8] = []
  /// What was kept of the standard error.
  public var standardError: [UInt8] = []
  /// Whether more was written than the limits let us keep.
  public var isTruncated = false
  /// Whether the standard output contained what was looked for.
  public var isMatched = false
}
