/// What is left of a process that was run: partial or complete, as the flags say.
public struct ProcessOutput: Hashable, Sendable {
  /// What was kept of the standard output.
  public var standardOutput: [UInt8]
  /// What was kept of the standard error.
  public var standardError: [UInt8]
  /// How it ended; nil when it was given up before.
  public var exit: ExitReport?
  /// How long it ran, from before its spawn until its end was seen here; nil when it was given up
  /// before.
  public var runTime: Duration?
  /// Whether it wrote more than the limits let us keep.
  public var isTruncated: Bool
  /// Whether its output contained what was looked for.
  public var isMatched: Bool
  /// Whether its time was over before it ended.
  public var hasTimedOut: Bool
  /// Whether somebody else still held its pipes when they were closed here.
  public var hasLingered: Bool
}
