/// Cuts a line that somebody typed into words, as a shell would: quotes keep blanks together, also
/// where they begin within a word.
///
/// In double quotes `\n`, `\r`, `\t`, `\b`, `\a`, `\xHH` and `\` before any other character are
/// escapes; in single quotes only `\'` is.
///
/// - Throws: ``ProtocolError/unbalancedQuotes``, also when a word goes on behind its closing quote.
func splitLine(_ line: ArraySlice<UInt8>) throws(ProtocolError) -> [[UInt8]] {
  var words: [[UInt8]] = []
  var rest = line
  while true {
    rest = rest.drop(while: isBlank)
    if rest.isEmpty { return words }
    let plain = rest.prefix { !isBlank($0) && !isQuote($0) }
    var word = Array(plain)
    rest = rest[plain.endIndex...]
    if let quote = rest.first, isQuote(quote) {
      rest.removeFirst()
      word += try takeQuoted(from: &rest, until: quote)
      if let next = rest.first, !isBlank(next) { throw .unbalancedQuotes }
    }
    words.append(word)
  }
}

private func isQuote(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
}

private func isBlank(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || (9...13).contains(byte) || byte == 0
}

private func takeQuoted(
  from rest: inout ArraySlice<UInt8>, until quote: UInt8
) throws(ProtocolError) -> [UInt8] {
  var word: [UInt8] = []
  while let byte = rest.popFirst() {
    if byte == quote { return word }
    guard byte == UInt8(ascii: "\\"), let escaped = rest.first else {
      word.append(byte)
      continue
    }
    if quote == UInt8(ascii: "'") {
      if escaped == quote { rest.removeFirst() }
      word.append(escaped == quote ? quote : byte)
    } else {
      rest.removeFirst()
      word.append(unescape(escaped, &rest))
    }
  }
  throw .unbalancedQuotes
}

private func unescape(_ escaped: UInt8, _ rest: inout ArraySlice<UInt8>) -> UInt8 {
  switch escaped {
  case UInt8(ascii: "n"): return 10
  case UInt8(ascii: "r"): return 13
  case UInt8(ascii: "t"): return 9
  case UInt8(ascii: "b"): return 8
  case UInt8(ascii: "a"): return 7
  case UInt8(ascii: "x"):
    let digits = rest.prefix(2)
    let isHexadecimal = digits.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    guard digits.count == 2, isHexadecimal,
      let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    else { return escaped }
    rest = rest.dropFirst(2)
    return byte
  default: return escaped
  }
}
