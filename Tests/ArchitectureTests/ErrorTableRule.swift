/// The table of errors names what the sources name, and nothing else: each operation, and each
/// argument as a subject.
enum ErrorTableRule {
  static func violations(in files: [SourceFile]) -> [Violation] {
    guard let table = files.first(where: { $0.path == Policy.errorTable }) else {
      return [Violation(path: Policy.errorTable, "there is no table of errors")]
    }
    let listed = names(listedBy: table)
    let target = Policy.errorTable.split(separator: "/").dropFirst().first
    let sources = files.filter { $0.isSwift && $0.top == "Sources" && $0.target == target ?? "" }
    var used: Set<String> = []
    var violations: [Violation] = []
    for file in sources {
      for (name, line) in names(usedBy: file) where used.insert(name).inserted {
        guard listed[name] == nil else { continue }
        violations.append(Violation(file, line: line, "`\(name)` is not in \(table.name)"))
      }
    }
    for (name, line) in listed where !used.contains(name) {
      violations.append(Violation(table, line: line, "no error has `\(name)`"))
    }
    return violations
  }

  /// The first cell of each row, and what its last one calls an argument; with their lines.
  private static func names(listedBy table: SourceFile) -> [String: Int] {
    var names: [String: Int] = [:]
    for (index, line) in table.lines.enumerated() where line.hasPrefix("| `") {
      let cells = line.split(separator: "|").map { $0.split(separator: "`", maxSplits: 2) }
      guard let operation = cells.first?.dropFirst().first else { continue }
      names[String(operation)] = index + 1
      let subject = cells.last ?? []
      if subject.first == " argument ", subject.count > 1 { names[String(subject[1])] = index + 1 }
    }
    return names
  }

  /// The literals of one word that are passed on: what `CoreError` is made of.
  private static func names(usedBy file: SourceFile) -> [(name: String, line: Int)] {
    file.lines.enumerated().flatMap { index, line in
      let pieces = line.split(separator: "\"", omittingEmptySubsequences: false)
      guard !line.drop(while: { $0 == " " }).hasPrefix("//"), pieces.count > 2 else {
        return [(name: String, line: Int)]()
      }
      return stride(from: 1, to: pieces.count - 1, by: 2).compactMap { place in
        let isPassed = [",", ")"].contains(pieces[place + 1].first)
        // What is said to be an operation is one, however it is written.
        let isNamed = pieces[place - 1].hasSuffix("operation: ") || isName(pieces[place])
        return isPassed && isNamed ? (String(pieces[place]), index + 1) : nil
      }
    }
  }

  private static func isName(_ text: Substring) -> Bool {
    guard let first = text.first, first.isLetter, first.isLowercase else { return false }
    return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }
}
