import TestSupport
import Testing

@testable import GreenThreads

@Suite struct LoneYieldTests {
  @Test func `one that begins on another's stack and yields alone keeps that stack`() throws {
    try onVirtualTime {
      let before = GreenThread.stacksInUse
      for _ in 0..<100 {
        try withScope { scope in
          scope.spawn {}
          scope.spawn { GreenThread.yield() }
        }
      }
      #expect(GreenThread.stacksInUse == before)
    }
  }
}
