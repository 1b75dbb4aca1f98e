/// What an article shows compiles: each of its code blocks stands in a snippet or an example, line
/// for line.
///
/// The indentation may differ, since a snippet puts a block into a function.
enum SnippetRule {
  static func violations(in files: [SourceFile]) -> [Violation] {
    let shown = files.filter { Policy.shownCode.contains($0.top) }
    let snippets = shown.map { trimmed($0.lines) }
    return files.filter { Policy.checkedCatalogues.contains(folder(of: $0)) }.flatMap { article in
      blocks(of: article).compactMap { start, block in
        snippets.contains { holds($0, block) }
          ? nil : Violation(article, line: start, "this code block is compiled nowhere")
      }
    }
  }

  private static func folder(of file: SourceFile) -> String {
    file.parts.dropLast().joined(separator: "/")
  }

  /// The Swift blocks, each with the line behind its opening fence.
  private static func blocks(of article: SourceFile) -> [(start: Int, lines: [String])] {
    var blocks: [(start: Int, lines: [String])] = []
    var begin: Int?
    for (index, line) in article.lines.enumerated() where line.hasPrefix("```") {
      if let first = begin {
        blocks.append((first + 1, trimmed(article.lines[first..<index])))
        begin = nil
      } else if line == "```swift" {
        begin = index + 1
      }
    }
    return blocks
  }

  private static func trimmed(_ lines: some Sequence<Substring>) -> [String] {
    lines.map { String($0.drop { $0 == " " }) }
  }

  private static func holds(_ snippet: [String], _ block: [String]) -> Bool {
    guard !block.isEmpty, snippet.count >= block.count else { return false }
    return (0...snippet.count - block.count).contains { start in
      snippet[start..<start + block.count].elementsEqual(block)
    }
  }
}
