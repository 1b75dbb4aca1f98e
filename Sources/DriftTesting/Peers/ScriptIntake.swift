internal import Drift

/// What a scripted peer has read and no step has taken yet.
struct ScriptIntake {
  private let stream: any DuplexStream
  private var bytes: [UInt8] = []

  /// A line that is longer is no line that a script expects.
  private static let longestLine = 64 << 10

  init(_ stream: any DuplexStream) {
    self.stream = stream
  }

  /// Shows what lies here, or says `nothing`.
  func textOfWhatCame(else nothing: String) -> String {
    bytes.isEmpty ? nothing : visible(bytes)
  }

  /// Compares as the bytes come, so that a wrong first one is told before the last one is there.
  mutating func expect(_ expected: [UInt8]) throws {
    while !bytes.starts(with: expected) {
      if !expected.starts(with: bytes) { throw ScriptDeviation(visible(bytes)) }
      try more()
    }
    bytes.removeFirst(expected.count)
  }

  mutating func expectLine(_ expected: String) throws {
    var searched = 0
    while true {
      if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        var line = bytes[..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        if !line.elementsEqual(expected.utf8) { throw ScriptDeviation(visible(bytes)) }
        bytes.removeFirst(end + 1)
        return
      }
      searched = bytes.count
      if searched > Self.longestLine { throw ScriptDeviation(visible(bytes) + " and no line end") }
      try more()
    }
  }

  mutating func expectEnd() throws {
    if bytes.isEmpty, try !fill() { return }
    throw ScriptDeviation(visible(bytes))
  }

  private mutating func more() throws {
    if try fill() { return }
    throw ScriptDeviation(
      bytes.isEmpty ? "the end of the stream" : visible(bytes) + " and then the end of the stream")
  }

  /// Reads more behind what is there; false at the end.
  private mutating func fill() throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4 << 10)
    let count = try stream.read(into: &buffer)
    bytes += buffer[..<count]
    return count > 0
  }
}

/// What a step throws; the peer adds which one it was.
struct ScriptDeviation: Error {
  let found: String

  init(_ found: String) {
    self.found = found
  }
}

/// The bytes as a literal, with escapes where they are no text, cut where they are many.
func visible(_ bytes: [UInt8]) -> String {
  let shown = bytes.prefix(200).map { byte in
    switch byte {
    case UInt8(ascii: "\n"): "\\n"
    case UInt8(ascii: "\r"): "\\r"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
    case 0x20..<0x7F: String(UnicodeScalar(byte))
    default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
  }
  let rest = bytes.count > 200 ? " and \(bytes.count - 200) bytes more" : ""
  return "\"" + shown.joined() + "\"" + rest
}
