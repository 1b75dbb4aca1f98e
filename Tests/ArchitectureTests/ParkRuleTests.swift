import Testing

@Suite struct ParkRuleTests {
  /// Without what is said of files that are not there.
  private func violations(_ path: String, _ text: String) -> [Violation] {
    ParkRule.violations(in: [SourceFile(path: path, text: text)]).filter { $0.path == path }
  }

  @Test func `what waits for a descriptor or for time waits by the three parks`() {
    expectNone(ParkRule.violations(in: SourceTree.package.files))
  }

  @Test func `a park of its own is seen, at its line`() {
    let text = "func a() {\n  try GreenThread.park(ticket, for: reason)\n}"
    #expect(violations("Sources/Drift/Streams/A.swift", text).map(\.line) == [2])
    #expect(violations("Sources/Drift/Runtime/Descriptor.swift", text) == [])
    #expect(violations("Sources/GreenThreads/Time/A.swift", text) == [])
    #expect(
      violations("Sources/Drift/A.swift", "try parkRead(descriptor) // GreenThread.park(") == [])
  }

  @Test func `a file of the policy that does not park is seen`() {
    #expect(violations("Sources/Drift/Runtime/Descriptor.swift", "func a() {}").count == 1)
  }
}
