/// Imports follow the arrows between the layers.
enum ImportRule {
  struct Import: Equatable {
    var module: String
    var line: Int
    var isReexport: Bool
  }

  static func violations(in files: [SourceFile]) -> [Violation] {
    files.flatMap(violations(in:)) + reexports(in: files) + files.flatMap(includes(in:))
  }

  /// The imports of a Swift file, in any spelling: `@_exported public import struct A.B`.
  static func imports(of file: SourceFile) -> [Import] {
    let tokens = file.tokens
    return tokens.indices.compactMap { index in
      guard tokens[index].text == "import" else { return nil }
      let line = tokens[index].line
      let attributes = tokens[..<index].reversed().prefix { $0.line == line }
      let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
      let names = tokens[(index + 1)...].drop { kinds.contains($0.text) }
      guard let module = names.first, module.line == line else { return nil }
      return Import(
        module: module.text, line: line,
        isReexport: attributes.contains { $0.text == "_exported" })
    }
  }

  private static func violations(in file: SourceFile) -> [Violation] {
    guard file.isSwift else { return [] }
    return imports(of: file).compactMap { imported in
      let module = imported.module
      if file.top == "Tests" {
        guard Policy.strangers[file.target, default: []].contains(module) else { return nil }
        return Violation(file, line: imported.line, "\(file.target) imports \(module)")
      }
      guard file.top == "Sources" else { return nil }
      let allowed = Policy.imports[file.target, default: []].union(Policy.everywhere)
      guard allowed.contains(module) else {
        return Violation(file, line: imported.line, "\(file.target) imports \(module)")
      }
      guard let fence = Policy.fences[module] else { return nil }
      guard !fence.contains(where: { file.path.hasPrefix($0) }) else { return nil }
      return Violation(
        file, line: imported.line,
        "\(module) is imported outside \(fence.joined(separator: ", "))")
    }
  }

  private static func reexports(in files: [SourceFile]) -> [Violation] {
    var first: SourceFile?
    var violations: [Violation] = []
    for file in files where file.isSwift {
      guard let imported = imports(of: file).first(where: \.isReexport) else { continue }
      if file.top != "Sources" || file.target != Policy.reexporter {
        violations.append(
          Violation(file, line: imported.line, "only \(Policy.reexporter) re-exports"))
      } else if let first {
        violations.append(
          Violation(file, line: imported.line, "re-exports are in \(first.path) already"))
      } else {
        first = file
      }
    }
    return violations
  }

  /// A C target includes its own headers and the system's, never another target's.
  private static func includes(in file: SourceFile) -> [Violation] {
    guard file.top == "Sources", file.isC || file.isAssembly else { return [] }
    return file.lines.enumerated().compactMap { index, line in
      let words = line.split(whereSeparator: { $0 == " " || $0 == "#" || $0 == "\"" })
      guard words.first == "include", line.contains("\""), words.count > 1 else { return nil }
      let header = words[1].split(separator: "/").last ?? words[1]
      guard !header.lowercased().hasPrefix(file.target.lowercased()) else { return nil }
      return Violation(file, line: index + 1, "includes \(header), which is not its own")
    }
  }
}
