import Testing

@Suite struct NameRuleTests {
  private func violations(_ files: (path: String, text: String)...) -> [String] {
    NameRule.violations(in: files.map { SourceFile(path: $0.path, text: $0.text) })
      .map(\.message)
  }

  @Test func `names say what a thing is for`() {
    expectNone(NameRule.violations(in: SourceTree.package.files))
  }

  @Test func `an empty word at the end of a type's name is seen`() {
    for declaration in [
      "struct PipeManager {}", "public final class FdWrapper {}", "enum SpawnInfo {}",
      "protocol EventHandler {}", "typealias IOEngine = A", "indirect enum StackData {}",
    ] {
      #expect(violations(("Sources/Drift/A.swift", declaration)).count == 1, "\(declaration)")
    }
    #expect(violations(("Sources/Drift/A.swift", "struct Database {}; class var x: Int")) == [])
  }

  @Test func `an empty word in the name of a file or folder is seen`() {
    for path in [
      "Sources/Drift/Utils/A.swift", "Sources/Drift/StreamHelper.swift",
      "Sources/Drift/Stream+Misc.swift", "Sources/CCoreShift/ccoreshift_common.c",
    ] {
      #expect(violations((path, "")).count == 1, "\(path)")
    }
    #expect(violations(("Sources/Drift/Stream+Lines.swift", "")) == [])
  }

  @Test func `no type is named like a module`() {
    #expect(violations(("Sources/Drift/A.swift", "public enum Drift {}")).count == 1)
    #expect(
      violations(("Sources/Drift/A.swift", "enum CoreShift {}"), ("Sources/CoreShift/A.swift", ""))
        .count == 1)
  }

  @Test func `the pillars share no public type name`() {
    let left = ("Sources/CoreShift/A.swift", "public struct Event {}")
    let right = "Sources/GreenThreads/B.swift"
    #expect(violations(left, (right, "@frozen\npublic final class Event {}")).count == 1)
    #expect(violations(left, (right, "struct Event {}")) == [])
    #expect(violations(left, (right, "public enum A {\n  public struct Event {}\n}")) == [])
    #expect(violations(left, ("Sources/CoreShift/B.swift", "public struct Event {}")) == [])
  }
}
