import Drift
import DriftTesting
import TestSupport
import Testing

@Suite struct StreamRuleTests {
  @Test func `all rules at once, on virtual time`() throws {
    try onVirtualTime {
      var made = 0
      try StreamRule.checkAll(seed: 3) {
        made += 1
        let (one, other) = MemoryStream.pair(capacity: 1000)
        return StreamEnds(one, other)
      }
      #expect(made == StreamRule.all.count)
    }
  }

  @Test func `the first broken rule ends the check, with its sentence`() throws {
    try onVirtualTime {
      let error = errorThrown {
        try StreamRule.checkAll {
          let (one, other) = MemoryStream.pair()
          one.close()
          return StreamEnds(one, other)
        }
      }
      let broken = try #require(error as? StreamRuleBroken)
      #expect(StreamRule.all.contains { $0.description == broken.rule })
      #expect(broken.description.hasPrefix("a stream broke the rule that "))
    }
  }
}
