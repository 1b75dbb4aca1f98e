/// A client has broken the protocol: it is told so, and its connection is closed.
public enum ProtocolError: Error, Equatable, CustomStringConvertible {
  /// An array whose length is no number, or beyond the limit.
  case invalidArrayLength
  /// A string whose length is no number, negative, or beyond the limit.
  case invalidStringLength
  /// Something else where a string of an array should begin.
  case expectedString(instead: UInt8)
  /// A line typed by hand without end.
  case tooBigLine
  /// The head of an array without end.
  case tooBigArrayHead
  /// The head of a string without end.
  case tooBigStringHead
  /// A quotation mark that is opened and not closed.
  case unbalancedQuotes

  /// In the words of redis, which clients know.
  public var description: String {
    switch self {
    case .invalidArrayLength: "Protocol error: invalid multibulk length"
    case .invalidStringLength: "Protocol error: invalid bulk length"
    case .expectedString(let byte):
      "Protocol error: expected '$', got '\(Character(UnicodeScalar(byte)))'"
    case .tooBigLine: "Protocol error: too big inline request"
    case .tooBigArrayHead: "Protocol error: too big mbulk count string"
    case .tooBigStringHead: "Protocol error: too big bulk count string"
    case .unbalancedQuotes: "Protocol error: unbalanced quotes in request"
    }
  }
}
