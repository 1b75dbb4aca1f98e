/// The article on errors names each error type that `import Drift` brings, and tells of no other.
///
/// Which calls of the kernel fail, and how, is the table's matter: see ``ErrorTableRule``.
enum ErrorArticleRule {
  static func violations(in files: [SourceFile]) -> [Violation] {
    guard let article = files.first(where: { $0.path == Policy.errorArticle }) else {
      return [Violation(path: Policy.errorArticle, "there is no article on errors")]
    }
    let named = Set(prose(of: article).flatMap { words(ofSpansIn: $0.text) })
    var types: Set<String> = []
    var violations: [Violation] = []
    for file in files where isShown(file) {
      for (name, line) in errorTypes(in: file) {
        types.insert(name)
        guard !named.contains(name) else { continue }
        violations.append(Violation(file, line: line, "`\(name)` is not in \(article.name)"))
      }
    }
    for (line, text) in prose(of: article) {
      guard let name = nameOfError(inRow: text), !types.contains(name) else { continue }
      violations.append(Violation(article, line: line, "there is no error `\(name)`"))
    }
    return violations
  }

  private static func isShown(_ file: SourceFile) -> Bool {
    file.isSwift && file.top == "Sources" && Policy.sharedNamespace.contains(file.target)
  }

  /// The public types whose declaration says that they are errors.
  private static func errorTypes(in file: SourceFile) -> [(name: String, line: Int)] {
    NameRule.declarations(in: file).filter { $0.isPublic && $0.isTopLevel }.compactMap { type in
      let rest = file.tokens.drop { $0.line < type.line || $0.text != type.name }
      let clause = rest.prefix { $0.text != "{" && $0.text != "where" }
      return clause.contains { $0.text == "Error" } ? (type.name, type.line) : nil
    }
  }

  /// The lines that are no code, with their numbers.
  private static func prose(of article: SourceFile) -> [(line: Int, text: Substring)] {
    var isCode = false
    var prose: [(line: Int, text: Substring)] = []
    for (index, text) in article.lines.enumerated() {
      if text.hasPrefix("```") {
        isCode.toggle()
      } else if !isCode {
        prose.append((line: index + 1, text: text))
      }
    }
    return prose
  }

  /// What a line of the form ``- `Name`: when`` or `- when: Name` says, or the last cell of a row.
  private static func nameOfError(inRow text: Substring) -> String? {
    let told: Substring
    if text.hasPrefix("- `") {
      told = text.dropFirst(2)
    } else if text.hasPrefix("- "), let colon = text.firstIndex(of: ":") {
      told = text[colon...].dropFirst(2)
    } else if text.hasPrefix("| ") {
      told = text.split(separator: "|").last?.drop { $0 == " " } ?? ""
    } else {
      return nil
    }
    guard told.hasPrefix("`") else { return nil }
    return words(ofSpansIn: told).first.flatMap { isTypeName($0) ? $0 : nil }
  }

  private static func words(ofSpansIn text: Substring) -> [String] {
    let pieces = text.split(separator: "`", omittingEmptySubsequences: true)
    let first = text.hasPrefix("`") ? 0 : 1
    return stride(from: first, to: pieces.count, by: 2).map { String(pieces[$0]) }
  }

  private static func isTypeName(_ text: String) -> Bool {
    text.first?.isUppercase == true && text.allSatisfy { $0.isLetter || $0.isNumber }
      && text.contains(where: \.isLowercase)
  }
}
