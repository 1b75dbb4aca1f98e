/// A line is longer than its reader has allowed for.
public struct LineTooLong: Error, Equatable, CustomStringConvertible {
  /// How many bytes were allowed, without the line's ending.
  public let limit: Int

  /// Says how many bytes were allowed.
  public init(limit: Int) {
    self.limit = limit
  }

  /// One line for a person.
  public var description: String { "a line has more than \(limit) bytes" }
}
