import Testing

@Suite struct LexerTests {
  private func words(_ text: String) -> [String] { Lexer(text: text).tokens.map(\.text) }

  @Test func `words in comments and literals are not tokens`() {
    #expect(
      words("let a = \"unsafe \\(b(\"c\")) d\" // unsafe\n/* unsafe */ e") == [
        "let", "a", "=", "\"\"", "e",
      ])
    #expect(words("x = #\"a \"unsafe\" b\"# y") == ["x", "=", "\"\"", "y"])
    #expect(words("x = \"\"\"\n  a \"unsafe\"\n  \"\"\"\ny") == ["x", "=", "\"\"", "y"])
    #expect(words("char c = '\"'; d") == ["char", "c", "=", "\"\"", ";", "d"])
  }

  @Test func `lines are counted through literals and comments`() {
    let tokens = Lexer(text: "a\n/* 1\n2 */ b\nc = \"\"\"\n x\n \"\"\"\nd").tokens
    #expect(tokens.map(\.line) == [1, 3, 4, 4, 4, 7])
    #expect(tokens.map(\.text) == ["a", "b", "c", "=", "\"\"", "d"])
  }

  @Test func `comments keep their text and line`() {
    let comments = Lexer(text: "a // SAFETY: b\n  /// c\n/**/ d").comments
    #expect(comments.map(\.text) == ["// SAFETY: b", "/// c", "/**/"])
    #expect(comments.map(\.line) == [1, 2, 3])
  }
}
