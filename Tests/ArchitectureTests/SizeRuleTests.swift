import Testing

@Suite struct SizeRuleTests {
  private func violations(_ path: String, _ text: String) -> [String] {
    SizeRule.violations(in: [SourceFile(path: path, text: text)]).map(\.message)
  }

  private func filler(_ count: Int) -> String { String(repeating: "  work()\n", count: count) }

  @Test func `files and functions stay short`() {
    expectNone(SizeRule.violations(in: SourceTree.package.files))
  }

  @Test func `a file ends by its limit`() {
    let lines = String(repeating: "// a\n", count: 300)
    #expect(violations("Sources/Drift/A.swift", lines) == [])
    #expect(violations("Sources/Drift/A.swift", lines + "// b\n").count == 1)
    #expect(violations("Sources/CCoreShift/ccoreshift_a.S", lines + "// b\n").count == 1)
    #expect(violations("Tests/DriftTests/A.swift", lines + "// b\n") == [])
    #expect(violations("Tests/DriftTests/A.swift", lines + lines).count == 1)
  }

  @Test func `a function ends by line 60`() {
    for head in [
      "func f() {", "init?(a: Int = { 1 }()) throws(E) {", "subscript(i: Int) -> Int {",
      "var a: Int {", "deinit {", "public static func f<T: P>(_ a: [T]) -> T where T: Q {",
    ] {
      #expect(violations("Sources/Drift/A.swift", "\(head)\n\(filler(58))}\n") == [], "\(head)")
      #expect(
        violations("Sources/Drift/A.swift", "\(head)\n\(filler(59))}\n").count == 1, "\(head)")
    }
  }

  @Test func `a C function ends by line 60`() {
    let head = "static struct a b = { 0 };\nint f(int a)\n{\n"
    #expect(violations("Sources/CCoreShift/a.c", "\(head)\(filler(58))}\n") == [])
    #expect(violations("Sources/CCoreShift/a.c", "\(head)\(filler(59))}\n").count == 1)
  }

  @Test func `a declaration without a body does not take the next one's`() {
    let text = """
      protocol P {
        func f() throws
        var a: Int { get }
      }
      struct S {
        var b = 1
        let c = 2
      \(filler(70))
      }
      """
    #expect(violations("Sources/Drift/A.swift", text) == [])
  }

  @Test func `a call of another initializer is not a declaration`() {
    let lines = SizeRule.swiftFunctions(in: Lexer(text: "init() {\n self.init(a: 1)\n}").tokens)
    #expect(lines == [1...3])
  }
}
