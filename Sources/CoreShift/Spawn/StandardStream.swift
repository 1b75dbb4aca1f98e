/// What a child finds at its standard input, output or error.
public enum StandardStream: Hashable, Sendable {
  /// What this process has there, open or closed.
  case inherit
  /// `/dev/null`, opened by the parent.
  case null
  /// One end of a new pipe: blocking for the child; the parent's end is non-blocking.
  case pipe
  /// A copy of this descriptor, which stays the caller's and must be open until the spawn
  /// returns.
  case descriptor(Int32)
  /// Only for standard error: the child's standard output, so that both arrive in true order.
  case standardOutput
}

/// A further descriptor of the child.
public struct DescriptorMapping: Hashable, Sendable {
  /// The parent's number, open until the spawn returns; else EBADF.
  public var source: Int32
  /// The child's number, which no other mapping and no standard stream has; else EINVAL.
  public var target: Int32

  /// Gives the child a copy of a descriptor; equal, swapped and overlapping numbers are fine.
  public init(from source: Int32, to target: Int32) {
    self.source = source
    self.target = target
  }
}
