/// Unsafe code says what makes it sound.
enum SafetyRule {
  /// How far above an unchecked promise to the compiler its reason may stand, in lines.
  private static let reach = 6

  static func violations(in files: [SourceFile]) -> [Violation] {
    files.filter { $0.isSwift && $0.top == "Sources" }.flatMap { file in
      unexplained(in: file) + promises(in: file) + unsafeInSafeTarget(file)
    }
  }

  /// A file that is unsafe in more than a few places has at least one `SAFETY:` comment.
  private static func unexplained(in file: SourceFile) -> [Violation] {
    let places = file.tokens.filter { $0.text == "unsafe" }
    guard places.count > Policy.plainUnsafeLimit, let first = places.first else { return [] }
    guard !file.comments.contains(where: { $0.text.contains("SAFETY:") }) else { return [] }
    return [
      Violation(
        file, line: first.line,
        "is unsafe in \(places.count) places without one `SAFETY:` comment")
    ]
  }

  /// A promise that the compiler believes unseen (`@unchecked Sendable`,
  /// `nonisolated(unsafe)`) has its own `SAFETY:` comment directly above.
  private static func promises(in file: SourceFile) -> [Violation] {
    let tokens = file.tokens
    return tokens.indices.compactMap { index in
      let isUnchecked =
        tokens[index].text == "unchecked"
        && index + 1 < tokens.count && tokens[index + 1].text == "Sendable"
      let isNonisolated =
        tokens[index].text == "nonisolated"
        && index + 2 < tokens.count && tokens[index + 2].text == "unsafe"
      guard isUnchecked || isNonisolated else { return nil }
      let line = tokens[index].line
      let isExplained = file.comments.contains { comment in
        comment.text.contains("SAFETY:") && (line - reach...line).contains(comment.line)
      }
      return isExplained
        ? nil : Violation(file, line: line, "a promise without its `SAFETY:` comment above")
    }
  }

  private static func unsafeInSafeTarget(_ file: SourceFile) -> [Violation] {
    guard Policy.memorySafeTargets.contains(file.target) else { return [] }
    return file.tokens.filter { $0.text == "unsafe" || $0.text == "unchecked" }.map {
      Violation(file, line: $0.line, "\(file.target) has no unsafe code")
    }
  }
}
