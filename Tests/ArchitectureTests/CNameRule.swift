/// What a C target shows to others begins with the target's name.
enum CNameRule {
  static func violations(in files: [SourceFile]) -> [Violation] {
    files.filter { $0.top == "Sources" && ($0.isC || $0.isAssembly) }.flatMap { file in
      fileName(of: file) + definitions(in: file) + globals(in: file) + macros(in: file)
        + gnuSource(in: file)
    }
  }

  private static func isPrefixed(_ name: some StringProtocol, in file: SourceFile) -> Bool {
    let name = name.drop { $0 == "_" }.lowercased()
    return name == file.target.lowercased() || name.hasPrefix(file.target.lowercased() + "_")
  }

  private static func fileName(of file: SourceFile) -> [Violation] {
    let stem = file.name.prefix { $0 != "." }
    return isPrefixed(stem, in: file) ? [] : [Violation(file, "is not named after its target")]
  }

  /// The functions, types and enumerators at the outermost level.
  ///
  /// Not the static functions of a `.c` file, which nobody else sees, nor what is declared
  /// `extern`, which another library has.
  private static func definitions(in file: SourceFile) -> [Violation] {
    guard file.isC else { return [] }
    return statements(of: file).flatMap { statement -> [Violation] in
      let words = statement.map(\.text)
      guard file.isHeader || !words.contains("static") else { return [] }
      guard words.first != "extern" else { return [] }
      return names(declaredBy: statement, onlyFunctions: !file.isHeader)
        .filter { !isPrefixed($0.text, in: file) }
        .map { Violation(file, line: $0.line, "\($0.text) lacks its target's prefix") }
    }
  }

  private static func names(declaredBy statement: [Token], onlyFunctions: Bool) -> [Token] {
    var names: [Token] = []
    let words = statement.map(\.text)
    let tags: Set = ["struct", "enum", "union"]
    if let open = words.firstIndex(where: { $0 == "(" || $0 == "{" }), open > 0,
      words[open] == "(", words.first != "typedef"
    {
      names.append(statement[open - 1])
    }
    guard !onlyFunctions else { return names }
    for index in words.indices.dropLast(2)
    where tags.contains(words[index]) && words[index + 2] == "{" {
      names.append(statement[index + 1])
    }
    if words.first == "typedef", let last = statement.last(where: { $0.text.count > 1 }) {
      names.append(last)
    }
    if let tag = words.firstIndex(of: "enum"), let open = words[tag...].firstIndex(of: "{") {
      for index in words.indices[(open + 1)...]
      where words[index - 1] == "{" || words[index - 1] == "," {
        if words[index] != "}" { names.append(statement[index]) }
      }
    }
    return names
  }

  /// The outermost declarations: their tokens, without attributes, directives and bodies.
  private static func statements(of file: SourceFile) -> [[Token]] {
    var statements: [[Token]] = []
    var current: [Token] = []
    var depth = 0
    var directive = 0
    for token in file.tokens {
      if token.text == "#", token.startsLine { directive = lastLine(of: token.line, in: file) }
      guard token.line > directive else { continue }
      if token.text == "{" { depth += 1 }
      if token.text == "}" { depth -= 1 }
      current.append(token)
      let isBody = token.text == "}" && depth == 0 && isFunction(current)
      if depth == 0, token.text == ";" || isBody {
        statements.append(withoutAttributes(current))
        current = []
      }
    }
    return statements
  }

  private static func isFunction(_ tokens: [Token]) -> Bool {
    tokens.firstIndex { $0.text == "{" }.map { $0 > 0 && tokens[$0 - 1].text == ")" } ?? false
  }

  /// The last line of the directive that begins on `line`, which backslashes continue.
  private static func lastLine(of line: Int, in file: SourceFile) -> Int {
    var last = line
    while last < file.lines.count, file.lines[last - 1].hasSuffix("\\") { last += 1 }
    return last
  }

  private static func withoutAttributes(_ tokens: [Token]) -> [Token] {
    var kept: [Token] = []
    var depth = 0
    for token in tokens {
      if depth > 0 || kept.last?.text == "__attribute__" {
        if token.text == "(" { depth += 1 }
        if token.text == ")" { depth -= 1 }
        if depth == 0 { kept.removeLast() }
      } else {
        kept.append(token)
      }
    }
    return kept.first?.text == "_Static_assert" ? [] : kept
  }

  /// The global symbols of an assembly file.
  private static func globals(in file: SourceFile) -> [Violation] {
    guard file.isAssembly else { return [] }
    return file.lines.enumerated().compactMap { index, line in
      let words = line.split { $0 == " " || $0 == "\t" || $0 == "," }
      guard words.count > 1, words[0] == ".globl" || words[0] == ".global" else { return nil }
      guard !isPrefixed(words[1], in: file) else { return nil }
      return Violation(file, line: index + 1, "\(words[1]) lacks its target's prefix")
    }
  }

  /// The macros of a header, but for the compiler's own words, which begin with `_`.
  private static func macros(in file: SourceFile) -> [Violation] {
    guard file.isHeader else { return [] }
    let ours = defines(in: file).filter { !$0.name.hasPrefix("_") }
    return ours.filter { !isPrefixed($0.name, in: file) }.map {
      Violation(file, line: $0.line, "\($0.name) lacks its target's prefix")
    }
  }

  /// A header that asks for `_GNU_SOURCE` makes its types differ from the Glibc module's.
  private static func gnuSource(in file: SourceFile) -> [Violation] {
    guard file.isHeader else { return [] }
    return defines(in: file).filter { $0.name == "_GNU_SOURCE" }.map {
      Violation(file, line: $0.line, "_GNU_SOURCE belongs in .c files alone")
    }
  }

  private static func defines(in file: SourceFile) -> [(name: String, line: Int)] {
    file.lines.enumerated().compactMap { index, line in
      let words = line.split { $0 == " " || $0 == "#" || $0 == "(" }
      guard line.hasPrefix("#"), words.first == "define", words.count > 1 else { return nil }
      return (String(words[1]), index + 1)
    }
  }
}
