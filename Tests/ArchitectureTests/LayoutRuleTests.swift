import Testing

@Suite struct LayoutRuleTests {
  private func violations(_ folders: [String], _ architecture: String = "") -> [String] {
    LayoutRule.violations(folders: folders, architecture: architecture).map(\.description)
  }

  @Test func `the listing, the map and the tests show the same layers`() {
    let package = SourceTree.package
    #expect(package.files.count > 10, "the tree was not found")
    expectNone(
      LayoutRule.violations(folders: package.folders, architecture: package.architecture))
  }

  @Test func `a folder without a line in the map is seen`() {
    let folders = ["Sources/CoreShift", "Sources/CCoreShift/include"]
    #expect(violations(folders).count == 1)
    #expect(violations(folders, "Here is `Sources/CoreShift`.").count == 1)
    #expect(violations(folders, "| `Sources/CoreShift` | the left pillar |") == [])
  }

  @Test func `a line of the map without a folder is seen`() {
    #expect(violations([], "| `Sources/CoreShift` | the left pillar |").count == 1)
  }

  @Test func `a test folder that mirrors no source folder is seen`() {
    let map = "| `Sources/Drift` | |\n| `Sources/Drift/Files` | |"
    let sources = ["Sources/Drift", "Sources/Drift/Files"]
    #expect(violations(sources + ["Tests/DriftTests", "Tests/DriftTests/Files"], map) == [])
    #expect(violations(sources + ["Tests/DriftTests/Streams"], map).count == 1)
    #expect(violations(sources + ["Tests/Drift"], map).count == 1)
    #expect(violations(sources + ["Tests/OtherTests"], map).count == 1)
    #expect(violations(sources + ["Tests/TestSupport", "Tests/Switch"], map) == [])
  }
}
