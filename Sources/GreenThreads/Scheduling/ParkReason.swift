/// What a parked green thread waits for, in words, for reports.
///
/// Two words that a park stores and nobody formats until a report is made.
@safe
public struct ParkReason: Sendable {
  private let text: StaticString
  private let number: Int64

  /// `text` continues "waits ...": `"to read descriptor"`, with the number that belongs behind it.
  public init(_ text: StaticString, _ number: Int64) {
    self.text = text
    self.number = number
  }

  /// `text` continues "waits ...": `"for a permit"`.
  public init(_ text: StaticString) {
    self.init(text, .min)
  }

  static let yielding = ParkReason("for its turn")
  static let sleeping = ParkReason("for a time")

  /// What a report prints.
  public var description: String {
    number == .min ? "\(text)" : "\(text) \(number)"
  }
}

extension ParkReason: CustomStringConvertible {}
