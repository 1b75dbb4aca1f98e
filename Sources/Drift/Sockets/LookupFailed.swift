/// A host's name has given no address.
public struct LookupFailed: Error, Hashable, Sendable, CustomStringConvertible {
  /// Why there is none.
  public enum Reason: Hashable, Sendable {
    /// There is no such name, or it has no address.
    case notFound
    /// No server has answered; later one may.
    case temporary
    /// A server has refused, and will again.
    case permanent
  }

  /// The name that was looked up.
  public let host: String
  /// Why there is no address.
  public let reason: Reason

  /// Names the host, and why it has none.
  public init(host: String, reason: Reason) {
    self.host = host
    self.reason = reason
  }

  /// One line for a person.
  public var description: String {
    switch reason {
    case .notFound: "host \"\(host)\" was not found"
    case .temporary: "host \"\(host)\" could not be looked up now: no server has answered"
    case .permanent: "host \"\(host)\" could not be looked up: the server has refused"
    }
  }
}
