import Testing

@Suite struct ErrorTableRuleTests {
  private func violations(table: String, source: String) -> [Violation] {
    ErrorTableRule.violations(in: [
      SourceFile(path: Policy.errorTable, text: table),
      SourceFile(path: "Sources/CoreShift/System/A.swift", text: source),
    ])
  }

  @Test func `the table of errors names what the sources name`() {
    expectNone(ErrorTableRule.violations(in: SourceTree.package.files))
  }

  @Test func `an operation and an argument that the table has not are seen`() {
    let table = "| Operation |\n| --- |\n| `read` | text | EBADF | descriptor |\n"
    let source = "try check(call(), \"read\", .none)\n// \"comment\",\nlet text = \"word\"\n"
    #expect(violations(table: table, source: source) == [])
    let more = source + "throw CoreError(operation: \"write\", subject: .argument(\"count\"))\n"
    #expect(violations(table: table, source: more).map(\.line) == [4, 4])
  }

  @Test func `an operation that is no single word is seen, too`() {
    let source = "throw CoreError(operation: \"Address(bytes:)\", code: .invalidArgument)\n"
    #expect(violations(table: "", source: source).map(\.line) == [1])
  }

  @Test func `a row that no source has is seen, at its line`() {
    let table = "\n| `read` | text | EBADF | descriptor |\n| `read` | a | EINVAL | argument `b` |\n"
    #expect(violations(table: table, source: "f(\"read\", \"b\")\n") == [])
    #expect(violations(table: table, source: "f(\"b\")\n").map(\.line) == [3])
    #expect(violations(table: table, source: "f(\"read\")\n").map(\.line) == [3])
  }

  @Test func `without the table there is a violation`() {
    #expect(ErrorTableRule.violations(in: []).count == 1)
  }
}
