public import CoreShift

/// What a path leads to is no file: it has no positions, and waits for somebody and not for a disk.
///
/// A worker of the pool would be held for as long as that takes, so a ``File`` refuses it at once.
/// Open it as an `Fd` with ``/CoreShift/Fd/OpenOptions/nonBlocking``, which does not wait, and have
/// ``PipeReader``, ``PipeWriter`` or ``Descriptor`` adopt that: they park.
public struct NotSeekable: Error, Equatable, CustomStringConvertible {
  /// The path.
  public let path: String
  /// What it leads to: a pipe (a FIFO), or a device of bytes, such as a terminal.
  public let kind: FileKind

  /// Names the path, and what is there.
  public init(path: String, kind: FileKind) {
    self.path = path
    self.kind = kind
  }

  /// One line for a person.
  public var description: String {
    let (what, adopters) =
      switch kind {
      case .pipe: ("a FIFO", "PipeReader or PipeWriter")
      case .characterDevice: ("a device of bytes", "Descriptor")
      default: ("without positions", "Descriptor")
      }
    return "\(path) is \(what) and no file: \(adopters) may adopt an Fd opened .nonBlocking"
  }
}
