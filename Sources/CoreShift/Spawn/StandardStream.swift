/// What a child finds at its standard input, output or error.
public enum StandardStream: Hashable, Sendable {
  /// What this process has there, open or closed; closed, too, if it is close-on-exec: then it is
  /// a descriptor of this program's own, which was started without that stream.
  case inherit
  /// `/dev/null`, opened by the parent.
  case null
  /// One end of a new pipe: blocking for the child; the parent's end is non-blocking.
  case pipe
  /// A file that the parent opens: for reading as standard input, else for writing.
  ///
  /// Opening may wait, as ``Fd/init(opening:for:_:permissions:)`` says. Truncating as standard
  /// input, and permissions above `0o7777`, are EINVAL.
  case file(RawString, Fd.OpenOptions = [], permissions: UInt32 = 0o666)
  /// The child's end of a new pseudo-terminal, the same for every stream that says so; the other
  /// end is ``SpawnedProcess/terminal``, which a ``RunningProcess`` drains and feeds.
  ///
  /// Its input has no end of its own: what the child takes for one is the byte 4, typed at the
  /// start of a line, unless the child has changed that.
  ///
  /// To make it the child's controlling terminal, too, set ``SpawnOptions/session`` and
  /// ``SpawnOptions/controllingTerminal``.
  case terminal
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

  /// Lets the child have a descriptor under the same number, close-on-exec or not.
  public init(sharing number: Int32) {
    self.init(from: number, to: number)
  }
}

extension Fd.OpenOptions: Hashable {}
