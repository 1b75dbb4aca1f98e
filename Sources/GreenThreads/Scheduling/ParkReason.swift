/// What a parked green thread waits for, in words, for reports.
///
/// Three words that a park stores and nobody formats until a report is made.
@safe
public struct ParkReason: Sendable {
  // SAFETY: the bytes of a static string, which live as long as the process.
  nonisolated(unsafe) private let start: UnsafePointer<UInt8>
  private let number: Int64
  private let length: UInt32

  /// `text` continues "waits ...": `"to read descriptor"`, with the number that belongs behind it.
  public init(_ text: StaticString, _ number: Int64) {
    unsafe start = text.utf8Start
    length = UInt32(text.utf8CodeUnitCount)
    self.number = number
  }

  /// `text` continues "waits ...": `"for a permit"`.
  public init(_ text: StaticString) {
    self.init(text, .min)
  }

  static let yielding = ParkReason("for its turn")
  static let sleeping = ParkReason("for a time")

  /// The words without the number: what kind of wait it is.
  public var kind: String {
    unsafe String(
      decoding: UnsafeBufferPointer(start: start, count: Int(length)), as: UTF8.self)
  }

  /// The number behind the words, if there is one.
  public var subject: Int64? { number == .min ? nil : number }

  /// What a report prints.
  public var description: String {
    subject.map { "\(kind) \($0)" } ?? kind
  }
}

extension ParkReason: CustomStringConvertible {}
