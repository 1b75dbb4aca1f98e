import Testing

@Suite struct ErrorArticleRuleTests {
  private let source = """
    public struct Cancelled: Error, Equatable {}
    public enum ResourceClosed: Error {}
    struct Inner: Error {}
    public struct Error1 { let error: any Error }
    """

  private func violations(article: String) -> [Violation] {
    ErrorArticleRule.violations(in: [
      SourceFile(path: Policy.errorArticle, text: article),
      SourceFile(path: "Sources/Drift/Streams/A.swift", text: source),
      SourceFile(
        path: "Sources/DriftTesting/B.swift", text: "public struct LeakFound: Error {}"),
    ])
  }

  @Test func `the article on errors names the types that there are`() {
    expectNone(ErrorArticleRule.violations(in: SourceTree.package.files))
  }

  @Test func `a type is named by a line, a row or a condition`() {
    #expect(violations(article: "- `Cancelled`: why.\n| it | ``ResourceClosed``, x |") == [])
    #expect(violations(article: "- why: ``Cancelled``.\n- it: `ResourceClosed`.") == [])
  }

  @Test func `a type that the article does not name is seen, where it is declared`() {
    let found = violations(article: "- `Cancelled`: the scope.\n```\n`ResourceClosed`\n```")
    #expect(found.map(\.line) == [2])
    #expect(found.map(\.path) == ["Sources/Drift/Streams/A.swift"])
  }

  @Test func `an error that there is not is seen, at its line`() {
    let both = "Both `Cancelled` and `ResourceClosed`.\n"
    for row in ["- `Gone`: why.", "| why | ``Gone``, with words |", "- why: `Gone`, x."] {
      #expect(violations(article: both + row).map(\.line) == [2], "\(row)")
    }
    for row in [
      "- why: none: 0 bytes of `Gone`.", "| `Gone` | none |", "see `Gone`", "- it: `EPIPE`",
    ] {
      #expect(violations(article: both + row) == [], "\(row)")
    }
  }

  @Test func `without the article there is a violation`() {
    #expect(ErrorArticleRule.violations(in: []).count == 1)
  }
}
