/// Names one registration with one reactor.
///
/// Tokens start at 1, only grow, and are never used again, so that a late event can never be
/// taken for one of a newer registration, even if that has the same descriptor number.
@frozen
public struct Token: Hashable, Comparable, Sendable {
  /// The number that travels through the kernel.
  public let rawValue: UInt64

  /// Wraps a number; zero names nothing.
  @inlinable
  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Whether the left registration is the older one.
  @inlinable
  public static func < (left: Token, right: Token) -> Bool {
    left.rawValue < right.rawValue
  }
}

extension Token: CustomStringConvertible {
  /// `token 7`.
  public var description: String { "token \(rawValue)" }
}
