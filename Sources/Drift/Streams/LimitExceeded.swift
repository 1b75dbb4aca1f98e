/// There was more than the caller has allowed for.
public struct LimitExceeded: Error, Equatable, CustomStringConvertible {
  /// What there was too much of: `"bytes of a stream"`.
  public let resource: String
  /// How much was allowed.
  public let limit: Int

  /// Names what there was too much of, and how much was allowed.
  public init(_ resource: String, limit: Int) {
    self.resource = resource
    self.limit = limit
  }

  /// One line for a person.
  public var description: String { "more than \(limit) \(resource)" }
}
