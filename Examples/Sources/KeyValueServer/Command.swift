/// What a server does for one name.
public struct Command {
  /// How many words a request has, its name among them.
  public let words: ClosedRange<Int>
  /// Does it, and writes exactly one reply.
  ///
  /// What it throws becomes an error reply; the connection goes on.
  public let body: (_ request: Request, Store, inout Replies) throws -> Void

  /// A command of a request of so many words.
  public init(
    words: ClosedRange<Int>,
    _ body: @escaping (_ request: Request, Store, inout Replies) throws -> Void
  ) {
    self.words = words
    self.body = body
  }

  /// A command that takes no, one or more arguments.
  public init(
    words: PartialRangeFrom<Int>,
    _ body: @escaping (_ request: Request, Store, inout Replies) throws -> Void
  ) {
    self.init(words: words.lowerBound...Int.max, body)
  }
}

/// A command cannot be done as it was asked; its connection goes on.
public struct CommandError: Error, Equatable {
  /// What the client is told; its first word says of which kind it is.
  public let message: String

  /// An error of the general kind.
  public init(_ message: String) {
    self.message = "ERR \(message)"
  }

  static let syntax = CommandError("syntax error")
  static let notAnInteger = CommandError("value is not an integer or out of range")
}
