/// Names say what a thing is for.
enum NameRule {
  private static let kinds: Set = ["struct", "class", "enum", "actor", "protocol", "typealias"]

  struct Declaration: Equatable {
    var name: String
    var line: Int
    var isPublic: Bool
    var isTopLevel: Bool
  }

  static func violations(in files: [SourceFile]) -> [Violation] {
    let swift = files.filter(\.isSwift)
    return swift.flatMap(emptyTypeNames(in:)) + files.flatMap(emptyFileName(of:))
      + swift.flatMap { moduleNames(in: $0, modules: Set(files.map(\.target))) }
      + sharedNames(in: swift)
  }

  /// The types that a Swift file declares.
  static func declarations(in file: SourceFile) -> [Declaration] {
    let tokens = file.tokens
    return tokens.indices.dropLast().compactMap { index in
      guard kinds.contains(tokens[index].text) else { return nil }
      let name = tokens[index + 1].text
      guard name.first?.isUppercase == true || name.first == "_" else { return nil }
      let line = tokens[..<index].reversed().prefix { $0.line == tokens[index].line }
      let isFlush = tokens[index].isFlush || line.last?.isFlush == true
      return Declaration(
        name: name, line: tokens[index].line,
        isPublic: line.contains { $0.text == "public" || $0.text == "open" },
        isTopLevel: isFlush)
    }
  }

  private static func emptyWord(ending name: some StringProtocol) -> String? {
    Policy.emptyWords.first { name.hasSuffix($0) }
  }

  private static func emptyTypeNames(in file: SourceFile) -> [Violation] {
    declarations(in: file).compactMap { type in
      emptyWord(ending: type.name).map {
        Violation(file, line: type.line, "\(type.name): `\($0)` says nothing")
      }
    }
  }

  private static func emptyFileName(of file: SourceFile) -> [Violation] {
    file.parts.flatMap { part in
      part.split(whereSeparator: { $0 == "." || $0 == "+" || $0 == "_" }).compactMap { word in
        let word = word.prefix(1).uppercased() + word.dropFirst()
        return emptyWord(ending: word).map { Violation(file, "\(part): `\($0)` says nothing") }
      }
    }
  }

  /// A type that is named like a module hides the module's other names.
  private static func moduleNames(in file: SourceFile, modules: Set<String>) -> [Violation] {
    guard file.top == "Sources" else { return [] }
    return declarations(in: file).filter { modules.contains($0.name) }.map {
      Violation(file, line: $0.line, "\($0.name) is named like a module")
    }
  }

  /// Modules that are imported as one share no public type name.
  private static func sharedNames(in files: [SourceFile]) -> [Violation] {
    var owners: [String: String] = [:]
    var violations: [Violation] = []
    for file in files where file.top == "Sources" {
      guard Policy.sharedNamespace.contains(file.target) else { continue }
      for type in declarations(in: file) where type.isPublic && type.isTopLevel {
        let owner = owners[type.name, default: file.target]
        owners[type.name] = owner
        guard owner != file.target else { continue }
        violations.append(
          Violation(file, line: type.line, "\(type.name) is public in \(owner) too"))
      }
    }
    return violations
  }
}
