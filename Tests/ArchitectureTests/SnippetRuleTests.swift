import Testing

@Suite struct SnippetRuleTests {
  private func violations(article: String, snippet: String) -> [Violation] {
    SnippetRule.violations(in: [
      SourceFile(path: "Snippets/A.swift", text: snippet),
      SourceFile(path: "Sources/GreenThreads/GreenThreads.docc/A.md", text: article),
    ])
  }

  @Test func `every code block of an article stands in a snippet or an example`() {
    let files = SourceTree.package.files
    #expect(files.contains { $0.path.hasPrefix("Snippets/") }, "the snippets were not found")
    expectNone(SnippetRule.violations(in: files))
  }

  @Test func `a block that no snippet has is seen, at its line`() {
    let article = "text\n```swift\nlet a = 1\nlet b = 2\n```\n"
    let snippet = "func f() {\n  let a = 1\n  let b = 2\n}\n"
    #expect(violations(article: article, snippet: snippet) == [])
    #expect(violations(article: article, snippet: "let a = 1\nlet c = 3\n").map(\.line) == [3])
    #expect(violations(article: article, snippet: "").map(\.line) == [3])
  }

  @Test func `blocks of other languages need no snippet`() {
    #expect(violations(article: "```sh\nls\n```\n```\ntext\n```\n", snippet: "") == [])
  }
}
