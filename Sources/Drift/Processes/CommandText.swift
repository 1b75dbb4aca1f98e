internal import CoreShift

/// Shows a command as one would type it into a shell.
enum CommandText {
  /// One word, quoted as far as it must be.
  static func quoted(_ word: RawString) -> String {
    let bytes = word.bytes
    if !bytes.isEmpty && bytes.allSatisfy(isPlain) { return word.description }
    let isText = String(validating: bytes, as: UTF8.self) != nil
    guard isText && !bytes.contains(where: isControl) else { return escaped(bytes) }
    // By scalars: with a combining mark behind it a quote is part of another Character.
    var text = "'"
    for scalar in word.description.unicodeScalars {
      if scalar == "'" { text += "'\\'" }
      text.unicodeScalars.append(scalar)
    }
    return text + "'"
  }

  /// The first word, which `=` would make an assignment.
  static func quotedProgram(_ word: RawString) -> String {
    let text = quoted(word)
    let isBare = text == word.description
    return isBare && word.bytes.contains(UInt8(ascii: "=")) ? "'\(text)'" : text
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "_-./,:=+@%".utf8.contains(byte)
    }
  }

  private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

  /// `$'...'`, which holds any byte and stays on its line.
  private static func escaped(_ bytes: [UInt8]) -> String {
    var text = "$'"
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\n"): text += "\\n"
      case UInt8(ascii: "\t"): text += "\\t"
      case UInt8(ascii: "'"), UInt8(ascii: "\\"): text += "\\\(Character(Unicode.Scalar(byte)))"
      case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16)
        text += "\\x" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return text + "'"
  }
}

extension Command: CustomStringConvertible {
  /// The program and its arguments, quoted for a shell: `git commit -m 'a b'`.
  public var description: String {
    ([CommandText.quotedProgram(program)] + arguments.map(CommandText.quoted))
      .joined(separator: " ")
  }
}
