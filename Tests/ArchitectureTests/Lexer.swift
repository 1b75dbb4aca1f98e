/// A word, a number, a literal or a single sign of a source text, or a comment.
struct Token: Equatable {
  var text: String
  var line: Int
  /// Whether it is the first one on its line.
  var startsLine: Bool
  /// Whether it stands in the first column.
  var isFlush: Bool
}

/// Splits Swift and C alike into tokens, so that no rule trips over a word in a string or a
/// comment.
///
/// Literals become `""`; what is interpolated in them is not looked at.
struct Lexer {
  private(set) var tokens: [Token] = []
  private(set) var comments: [Token] = []

  private let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var lineStart = 0
  private var lastTokenLine = 0

  init(text: String) {
    bytes = Array(text.utf8)
    while index < bytes.count { step() }
  }

  private func byte(at offset: Int) -> UInt8 {
    index + offset < bytes.count ? bytes[index + offset] : 0
  }

  private mutating func step() {
    let current = byte(at: 0)
    switch current {
    case UInt8(ascii: "\n"):
      advance(1)
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
      advance(1)
    case UInt8(ascii: "/") where byte(at: 1) == UInt8(ascii: "/"):
      comment { $0.byte(at: 0) == UInt8(ascii: "\n") }
    case UInt8(ascii: "/") where byte(at: 1) == UInt8(ascii: "*"):
      comment {
        $0.byte(at: -1) == UInt8(ascii: "/") && $0.byte(at: -2) == UInt8(ascii: "*")
      }
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      literal(hashes: 0)
    case UInt8(ascii: "#"):
      hash()
    case _ where Self.isWord(current):
      token { Self.isWord($0.byte(at: 0)) }
    default:
      var first = true
      token { _ in
        defer { first = false }
        return first
      }
    }
  }

  private mutating func advance(_ count: Int) {
    for _ in 0..<count where index < bytes.count {
      if bytes[index] == UInt8(ascii: "\n") {
        line += 1
        lineStart = index + 1
      }
      index += 1
    }
  }

  private mutating func append(line first: Int, column: Int, text: String) {
    let startsLine = lastTokenLine != first
    tokens.append(Token(text: text, line: first, startsLine: startsLine, isFlush: column == 0))
    lastTokenLine = line
  }

  private mutating func token(while condition: (Lexer) -> Bool) {
    let (start, first, column) = (index, line, index - lineStart)
    while index < bytes.count, condition(self) { advance(1) }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    append(line: first, column: column, text: text)
  }

  private mutating func comment(until end: (Lexer) -> Bool) {
    let (start, first, column) = (index, line, index - lineStart)
    advance(2)
    if byte(at: -1) == UInt8(ascii: "*"), index < bytes.count { advance(1) }
    while index < bytes.count, !end(self) { advance(1) }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    comments.append(Token(text: text, line: first, startsLine: true, isFlush: column == 0))
  }

  private mutating func hash() {
    var hashes = 0
    while byte(at: hashes) == UInt8(ascii: "#") { hashes += 1 }
    if byte(at: hashes) == UInt8(ascii: "\"") {
      literal(hashes: hashes)
    } else {
      token { $0.byte(at: 0) == UInt8(ascii: "#") }
    }
  }
}

extension Lexer {
  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default:
      false
    }
  }

  private mutating func literal(hashes: Int) {
    let (first, column) = (line, index - lineStart)
    skipLiteral(hashes: hashes)
    append(line: first, column: column, text: "\"\"")
  }

  private mutating func skipLiteral(hashes: Int) {
    advance(hashes)
    let quote = byte(at: 0)
    let isLong = byte(at: 1) == quote && byte(at: 2) == quote
    let quotes = isLong ? 3 : 1
    advance(quotes)
    while index < bytes.count {
      if byte(at: 0) == UInt8(ascii: "\\"), hasHashes(hashes, at: 1) {
        let isInterpolation = byte(at: 1 + hashes) == UInt8(ascii: "(")
        advance(2 + hashes)
        if isInterpolation { skipInterpolation() }
      } else if (0..<quotes).allSatisfy({ byte(at: $0) == quote }), hasHashes(hashes, at: quotes) {
        advance(quotes + hashes)
        return
      } else if !isLong, byte(at: 0) == UInt8(ascii: "\n") {
        return
      } else {
        advance(1)
      }
    }
  }

  private func hasHashes(_ count: Int, at offset: Int) -> Bool {
    (0..<count).allSatisfy { byte(at: offset + $0) == UInt8(ascii: "#") }
  }

  private mutating func skipInterpolation() {
    var depth = 1
    while index < bytes.count, depth > 0 {
      switch byte(at: 0) {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"): depth -= 1
      case UInt8(ascii: "\""):
        skipLiteral(hashes: 0)
        continue
      default: break
      }
      advance(1)
    }
  }
}
