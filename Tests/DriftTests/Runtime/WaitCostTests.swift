import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct WaitCostTests {
  @Test func `a thousand that wait for a lock do not spin while its holder sleeps`() throws {
    try onDrift {
      let lock = Lock()
      try withScope { scope in
        lock.lock()
        for _ in 0..<1000 { scope.spawn { lock.withLock {} } }
        GreenThread.yield()
        let used = try turns { try GreenThread.sleep(for: .milliseconds(100)) }
        lock.unlock()
        #expect(used < 20)
      }
      #expect(!lock.isLocked)
    }
  }
}
