import Testing

@Suite struct SafetyRuleTests {
  private func violations(_ path: String, _ text: String) -> [String] {
    SafetyRule.violations(in: [SourceFile(path: path, text: text)]).map(\.message)
  }

  @Test func `unsafe code says what makes it sound`() {
    expectNone(SafetyRule.violations(in: SourceTree.package.files))
  }

  @Test func `an unsafe file without a SAFETY comment is seen`() {
    let path = "Sources/CoreShift/System/A.swift"
    let calls = String(repeating: "let a = unsafe b()\n", count: Policy.plainUnsafeLimit)
    #expect(violations(path, calls) == [])
    #expect(violations(path, calls + "@unsafe func a() {}").count == 1)
    #expect(violations(path, "// SAFETY: b outlives a.\n" + calls + calls) == [])
    #expect(violations(path, calls + "let a = \"unsafe\" // unsafe") == [])
    #expect(violations(path, "let a = \"SAFETY:\"\n" + calls + calls).count == 1)
  }

  @Test func `each unchecked promise has a reason of its own`() {
    let path = "Sources/CoreShift/System/A.swift"
    let far = "// SAFETY: a.\n" + String(repeating: "\n", count: 10)
    #expect(violations(path, far + "struct A: @unchecked Sendable {}").count == 1)
    #expect(violations(path, far + "nonisolated(unsafe) var a = 1").count == 1)
    #expect(violations(path, "// SAFETY: a.\nstruct A: @unchecked Sendable {}") == [])
  }

  @Test func `the tool has no unsafe code`() {
    let text = "// SAFETY: b.\nlet a = unsafe b()"
    #expect(violations("Sources/DriftTool/A.swift", text).count == 1)
    #expect(violations("Tests/DriftToolTests/A.swift", text) == [])
  }
}
