import Testing

@Suite struct TextRuleTests {
  private func violations(_ path: String, _ text: String) -> [String] {
    TextRule.violations(in: [SourceFile(path: path, text: text)]).map(\.message)
  }

  @Test func `text is clean`() {
    expectNone(TextRule.violations(in: SourceTree.package.files))
  }

  @Test func `stray white space is seen`() {
    #expect(violations("Sources/Drift/A.swift", "a \n").count == 1)
    #expect(violations("Scripts/a", "a\tb\n").count == 1)
    #expect(violations("Sources/CGreenThreads/a.S", "\tret\n") == [])
    #expect(violations("Benchmarks/Go/a.go", "\treturn\n") == [])
    #expect(violations("Sources/Drift/A.swift", "a").count == 1)
    #expect(violations("Sources/Drift/A.swift", "a\n\n").count == 1)
    #expect(violations("Sources/Drift/A.swift", "a\n") == [])
  }

  @Test func `a line ends by its limit`() {
    let line = String(repeating: "é", count: 100)
    #expect(violations("Sources/Drift/A.swift", line + "\n") == [])
    #expect(violations("Sources/Drift/A.swift", line + "é\n").count == 1)
  }

  @Test func `a mark of unfinished work is seen`() {
    #expect(violations("Sources/Drift/A.swift", "// \("TODO"): a\n").count == 1)
    #expect(violations("Scripts/a", "# \("FIXME")\n").count == 1)
    #expect(violations("Sources/Drift/A.swift", "let XXX = \"TODO\"\n") == [])
  }

  @Test func `an unsafe flag is seen`() {
    #expect(violations("Package.swift", ".unsafeFlags([])\n").count == 1)
    #expect(violations("Benchmarks/Package.swift", ".unsafeFlags([])\n").count == 1)
  }
}
