/// What a parked green thread waits for, in words, for reports.
///
/// Four words that a park stores and nobody formats until a report is made. The texts are static:
/// they can be read at any time, whatever has become of what they name.
public struct ParkReason: Sendable {
  private let text: UInt
  private let object: Subject
  private let length: UInt32

  @inline(__always)
  init(_ text: StaticString, _ subject: Subject) {
    unsafe self.text = UInt(bitPattern: text.utf8Start)
    length = UInt32(truncatingIfNeeded: text.utf8CodeUnitCount)
    object = subject
  }

  /// `text` continues "waits ...": `"to read descriptor"`, with the number that belongs behind it.
  public init(_ text: StaticString, _ number: Int64) {
    self.init(text, Subject(number))
  }

  /// `text` continues "waits ...": `"for a permit"`.
  public init(_ text: StaticString) {
    self.init(text, .min)
  }

  static let yielding = ParkReason("for its turn")
  static let sleeping = ParkReason("for a time")
  static let delayed = ParkReason("to begin")

  /// The words without what is waited for: what kind of wait it is.
  public var kind: String { staticText(text, length) }

  /// The number behind the words, if there is one.
  public var subject: Int64? { object.plainNumber }

  /// The label or the place behind the words, if there is one.
  public var label: String? { subject == nil && object.isSomething ? object.name : nil }

  /// What a report prints.
  public var description: String {
    let name = object.description
    return name.isEmpty ? kind : "\(kind) \(name)"
  }
}

extension ParkReason: CustomStringConvertible {}

/// What a wait is for: a number, a label, or a place in the program.
struct Subject: CustomStringConvertible {
  private let text: UInt
  private let number: Int64
  private let length: UInt32

  init(_ number: Int64) {
    text = 0
    length = 0
    self.number = number
  }

  /// What tells a channel, or another thing to wait for, from others: the label given to it, or
  /// else where it was made.
  init(_ label: StaticString?, _ file: StaticString, _ line: UInt32) {
    let text = label ?? file
    unsafe self.text = UInt(bitPattern: text.utf8Start)
    length = UInt32(clamping: text.utf8CodeUnitCount)
    number = label == nil ? Int64(line) : .min
  }

  /// The number, where that is all there is.
  var plainNumber: Int64? { text == 0 && number != .min ? number : nil }

  /// Whether there is anything at all.
  var isSomething: Bool { text != 0 || number != .min }

  /// `7`, `requests`, or `Module/File.swift:12`.
  var name: String {
    if text == 0 { return number == .min ? "" : "\(number)" }
    let name = staticText(text, length)
    return number == .min ? name : "\(name):\(number)"
  }

  /// The same, with a label in quotes.
  var description: String {
    text != 0 && number == .min ? "\"\(name)\"" : name
  }
}

private func staticText(_ address: UInt, _ length: UInt32) -> String {
  // SAFETY: the text of a static string lives as long as the process.
  let start = unsafe UnsafePointer<UInt8>(bitPattern: address)
  return unsafe String(
    decoding: UnsafeBufferPointer(start: start, count: Int(length)), as: UTF8.self)
}
