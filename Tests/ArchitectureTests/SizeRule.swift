/// Files, functions and lines stay short.
enum SizeRule {
  static func violations(in files: [SourceFile]) -> [Violation] {
    files.flatMap { fileLength(of: $0) + functionLengths(of: $0) }
  }

  private static func fileLength(of file: SourceFile) -> [Violation] {
    guard let limit = Policy.fileLimits[file.top] else { return [] }
    let count = file.text.hasSuffix("\n") ? file.lines.count - 1 : file.lines.count
    return count <= limit ? [] : [Violation(file, "has \(count) lines, more than \(limit)")]
  }

  private static func functionLengths(of file: SourceFile) -> [Violation] {
    let bodies =
      file.isSwift
      ? swiftFunctions(in: file.tokens)
      : file.isC
        ? cFunctions(in: file.tokens) : []
    return bodies.compactMap { lines in
      guard lines.count > Policy.functionLimit else { return nil }
      return Violation(
        file, line: lines.lowerBound,
        "a function of \(lines.count) lines, more than \(Policy.functionLimit)")
    }
  }

  /// The lines of each function, initializer, subscript and computed property.
  static func swiftFunctions(in tokens: [Token]) -> [ClosedRange<Int>] {
    tokens.indices.compactMap { index in
      let isMember = index > 0 && tokens[index - 1].text == "."
      switch tokens[index].text {
      case "func", "subscript", "var": break
      case "init" where !isMember, "deinit" where !isMember: break
      default: return nil
      }
      guard let open = bodyStart(in: tokens, after: index) else { return nil }
      return tokens[index].line...end(in: tokens, of: open)
    }
  }

  /// The lines of each function of a C file.
  static func cFunctions(in tokens: [Token]) -> [ClosedRange<Int>] {
    var depth = 0
    var bodies: [ClosedRange<Int>] = []
    for index in tokens.indices {
      switch tokens[index].text {
      case "{":
        if depth == 0, index > 0, tokens[index - 1].text == ")" {
          bodies.append(tokens[index].line...end(in: tokens, of: index))
        }
        depth += 1
      case "}":
        depth -= 1
      default: break
      }
    }
    return bodies
  }

  /// The brace that opens the body of a declaration; nil for one that has none.
  private static func bodyStart(in tokens: [Token], after index: Int) -> Int? {
    let declarations: Set = [
      "func", "var", "let", "init", "deinit", "subscript", "static", "mutating", "associatedtype",
      "typealias", "public", "internal", "private", "fileprivate", "package", "struct", "class",
      "enum", "extension", "protocol", "case", "return", "if", "for", "while", "guard", "@", "#",
    ]
    var depth = 0
    for next in tokens.indices[(index + 1)...] {
      switch tokens[next].text {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "{" where depth == 0: return next
      case "}" where depth == 0: return nil
      case let text where depth == 0 && tokens[next].startsLine && declarations.contains(text):
        return nil
      default: break
      }
    }
    return nil
  }

  /// The line of the brace that closes the one at `open`.
  private static func end(in tokens: [Token], of open: Int) -> Int {
    var depth = 0
    for index in tokens.indices[open...] {
      if tokens[index].text == "{" { depth += 1 }
      if tokens[index].text == "}" { depth -= 1 }
      if depth == 0 { return tokens[index].line }
    }
    return tokens[open].line
  }
}
