/// Text is clean: no stray white space, no long line, no unfinished work, no unsafe flag.
enum TextRule {
  static func violations(in files: [SourceFile]) -> [Violation] {
    files.flatMap { lines(of: $0) + ending(of: $0) + unfinished(in: $0) + unsafeFlags(in: $0) }
  }

  private static func lines(of file: SourceFile) -> [Violation] {
    file.lines.enumerated().flatMap { index, line in
      var violations: [Violation] = []
      if line.last?.isWhitespace == true {
        violations.append(Violation(file, line: index + 1, "white space at the end of the line"))
      }
      if line.count > Policy.lineLimit {
        violations.append(
          Violation(file, line: index + 1, "\(line.count) characters in a line"))
      }
      // `gofmt` indents by tabs.
      if line.contains("\t"), !file.isAssembly, !file.name.hasSuffix(".go") {
        violations.append(Violation(file, line: index + 1, "a tab"))
      }
      return violations
    }
  }

  private static func ending(of file: SourceFile) -> [Violation] {
    guard !file.text.isEmpty else { return [] }
    let isClean = file.text.hasSuffix("\n") && !file.text.hasSuffix("\n\n")
    return isClean
      ? [] : [Violation(file, line: file.lines.count, "does not end in one line feed")]
  }

  private static func unfinished(in file: SourceFile) -> [Violation] {
    let words =
      file.isSwift || file.isC
      ? file.comments
      : file.lines.enumerated().map {
        Token(text: String($1), line: $0 + 1, startsLine: true, isFlush: true)
      }
    return words.flatMap { comment in
      comment.text.split(whereSeparator: { !$0.isLetter }).compactMap { word in
        guard Policy.unfinished.contains(String(word)) else { return nil }
        return Violation(file, line: comment.line, "\(word): finish it, or say it elsewhere")
      }
    }
  }

  private static func unsafeFlags(in file: SourceFile) -> [Violation] {
    guard file.name == "Package.swift" else { return [] }
    return file.tokens.filter { $0.text == "unsafeFlags" }.map {
      Violation(file, line: $0.line, "unsafeFlags make a package unusable as a dependency")
    }
  }
}
