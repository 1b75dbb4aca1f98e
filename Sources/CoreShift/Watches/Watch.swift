/// Names one watch of a ``Watches``: a file or a directory, not a path.
///
/// Watching the same file again, by whatever path, gives the same watch.
@frozen
public struct Watch: RawRepresentable, Hashable, Sendable {
  /// The kernel's number, from 1.
  public let rawValue: Int32

  /// Wraps a number.
  @inlinable
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }
}
