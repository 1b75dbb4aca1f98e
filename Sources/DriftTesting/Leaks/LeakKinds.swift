/// What ``withLeakCheck(of:_:)`` looks for.
public struct LeakKinds: OptionSet, Sendable {
  /// One bit for each kind.
  public let rawValue: UInt8

  /// Takes the union of the kinds below.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Green threads of this scheduler that have been spawned and have not ended.
  public static let greenThreads = LeakKinds(rawValue: 1 << 0)
  /// Descriptors of this process.
  public static let descriptors = LeakKinds(rawValue: 1 << 1)
  /// Stacks that this scheduler has given out and not got back.
  public static let stacks = LeakKinds(rawValue: 1 << 2)
  /// All of them.
  public static let all: LeakKinds = [.greenThreads, .descriptors, .stacks]
}
