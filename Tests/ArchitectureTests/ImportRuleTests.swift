import Testing

@Suite struct ImportRuleTests {
  private func violations(_ path: String, _ text: String) -> [String] {
    ImportRule.violations(in: [SourceFile(path: path, text: text)]).map(\.message)
  }

  @Test func `imports follow the arrows`() {
    expectNone(ImportRule.violations(in: SourceTree.package.files))
  }

  @Test func `every target has a line in the policy`() {
    for folder in SourceTree.package.folders {
      let parts = folder.split(separator: "/")
      guard parts.count == 2, parts[0] == "Sources" else { continue }
      let isC = parts[1].hasPrefix("CC") || parts[1].hasPrefix("CG")
      #expect(isC || Policy.imports[String(parts[1])] != nil, "\(folder)")
    }
  }

  @Test func `an import against an arrow is seen in every spelling`() {
    for line in [
      "import GreenThreads", "public import GreenThreads", "@preconcurrency import GreenThreads",
      "internal import struct GreenThreads.Instant", "  @testable import GreenThreads",
      "#if os(Linux)\nimport GreenThreads\n#endif", "import Synchronization; import GreenThreads",
    ] {
      #expect(
        violations("Sources/CoreShift/Reactor/Reactor.swift", line)
          == ["CoreShift imports GreenThreads"], "\(line)")
    }
    #expect(violations("Sources/CoreShift/Reactor/Reactor.swift", "// import GreenThreads") == [])
  }

  @Test func `Foundation is imported by the tool alone`() {
    #expect(violations("Sources/Drift/Files/A.swift", "import Foundation").count == 1)
    #expect(violations("Sources/GreenThreads/Time/A.swift", "import Foundation").count == 1)
    #expect(violations("Sources/DriftTool/JSON.swift", "import Foundation") == [])
  }

  @Test func `a C target is imported inside its fence alone`() {
    #expect(violations("Sources/CoreShift/System/A.swift", "internal import CCoreShift") == [])
    #expect(violations("Sources/CoreShift/Spawn/A.swift", "import CCoreShift") == [])
    #expect(violations("Sources/CoreShift/Drain/A.swift", "import CCoreShift").count == 1)
    #expect(violations("Sources/GreenThreads/Threads/A.swift", "import CGreenThreads") == [])
    #expect(violations("Sources/GreenThreads/Time/A.swift", "import CGreenThreads").count == 1)
    #expect(violations("Sources/Drift/Runtime/A.swift", "import CGreenThreads").count == 1)
  }

  @Test func `the C library is imported by CoreShift's System alone`() {
    #expect(violations("Sources/CoreShift/System/A.swift", "import Glibc") == [])
    #expect(violations("Sources/CoreShift/Spawn/A.swift", "import Glibc").count == 1)
    #expect(violations("Sources/DriftTool/A.swift", "import Glibc").count == 1)
  }

  @Test func `only one file of Drift re-exports`() {
    let text = "@_exported public import CoreShift\n@_exported public import GreenThreads\n"
    let one = SourceFile(path: "Sources/Drift/A.swift", text: text)
    let two = SourceFile(path: "Sources/Drift/B.swift", text: text)
    #expect(ImportRule.violations(in: [one]) == [])
    #expect(ImportRule.violations(in: [one, two]).count == 1)
    #expect(violations("Sources/DriftTool/A.swift", "@_exported import Drift").count == 1)
  }

  @Test func `the tests of a pillar do not import the other one`() {
    #expect(violations("Tests/CoreShiftTests/A.swift", "import Drift").count == 1)
    #expect(violations("Tests/GreenThreadsTests/A.swift", "import CoreShift").count == 1)
    #expect(violations("Tests/CoreShiftTests/A.swift", "@testable import CoreShift") == [])
  }

  @Test func `a C target includes no other target's header`() {
    #expect(violations("Sources/CGreenThreads/a.c", "#include \"CCoreShift.h\"").count == 1)
    #expect(violations("Sources/CGreenThreads/a.S", "# include \"CCoreShift.h\"").count == 1)
    #expect(violations("Sources/CGreenThreads/a.c", "#include \"cgreenthreads_a.h\"") == [])
    #expect(violations("Sources/CGreenThreads/a.c", "#include \"include/CGreenThreads.h\"") == [])
    #expect(violations("Sources/CGreenThreads/a.c", "#include <stdint.h>") == [])
  }
}
