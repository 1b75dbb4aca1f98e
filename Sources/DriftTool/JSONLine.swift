/// One JSON object on one line, written member by member.
struct JSONLine {
  private var bytes: [UInt8] = [UInt8(ascii: "{")]

  private static let hexadecimal = Array("0123456789abcdef".utf8)

  /// The line, with its newline.
  func finished() -> [UInt8] { bytes + Array("}\n".utf8) }

  mutating func add(_ name: StaticString, _ text: String?) {
    begin(name)
    guard let text else { return appendNull() }
    appendQuoted(text.utf8)
  }

  mutating func add(_ name: StaticString, _ texts: [String]) {
    begin(name)
    bytes.append(UInt8(ascii: "["))
    for (index, text) in texts.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      appendQuoted(text.utf8)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  mutating func add(_ name: StaticString, _ truth: Bool) {
    begin(name)
    bytes += Array((truth ? "true" : "false").utf8)
  }

  mutating func add(_ name: StaticString, _ number: Int?) {
    begin(name)
    guard let number else { return appendNull() }
    bytes += Array("\(number)".utf8)
  }

  /// `number` is finite.
  mutating func add(_ name: StaticString, _ number: Double?) {
    begin(name)
    guard let number else { return appendNull() }
    bytes += Array("\(number)".utf8)
  }

  /// As text where the bytes are valid UTF-8, else in Base64 under `base64Name`.
  mutating func add(_ name: StaticString, _ output: [UInt8], base64Name: StaticString) {
    if String(validating: output, as: UTF8.self) != nil {
      begin(name)
      appendQuoted(output)
    } else {
      begin(base64Name)
      bytes.append(UInt8(ascii: "\""))
      appendBase64(output)
      bytes.append(UInt8(ascii: "\""))
    }
  }

  private mutating func begin(_ name: StaticString) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    bytes += Array("\"\(name)\":".utf8)
  }

  private mutating func appendNull() {
    bytes += Array("null".utf8)
  }

  private mutating func appendQuoted(_ text: some Collection<UInt8>) {
    bytes.reserveCapacity(bytes.count + text.count + 64)
    bytes.append(UInt8(ascii: "\""))
    for byte in text { appendEscaped(byte) }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func appendEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
    case UInt8(ascii: "\n"): bytes += Array(#"\n"#.utf8)
    case UInt8(ascii: "\t"): bytes += Array(#"\t"#.utf8)
    case UInt8(ascii: "\r"): bytes += Array(#"\r"#.utf8)
    case 0..<0x20, 0x7F:
      bytes += Array(#"\u00"#.utf8)
      bytes.append(Self.hexadecimal[Int(byte >> 4)])
      bytes.append(Self.hexadecimal[Int(byte & 15)])
    default: bytes.append(byte)
    }
  }

  private mutating func appendBase64(_ source: [UInt8]) {
    let alphabet = Array(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    bytes.reserveCapacity(bytes.count + source.count / 3 * 4 + 8)
    for start in stride(from: 0, to: source.count, by: 3) {
      let count = min(3, source.count - start)
      var group = 0
      for offset in 0..<3 {
        group = group << 8 | (offset < count ? Int(source[start + offset]) : 0)
      }
      for place in 0..<4 {
        let isPadding = place > count
        bytes.append(
          isPadding ? UInt8(ascii: "=") : alphabet[group >> (18 - 6 * place) & 63])
      }
    }
  }
}
