import TestSupport
import Testing

@testable import GreenThreads

@Suite struct TimerHeapTests {
  @Test func `thirty thousand random sleeps, cut short or not, end in order`() throws {
    let count = isSanitized ? 2_000 : 30_000
    var seed = SplitMix(seed: 42)
    var last = Instant.zero
    var sleepers = 0
    try onVirtualTime {
      try withScope { scope in
        for number in 0..<count {
          let duration = Duration.microseconds(Int(seed.next() % 1_000_000))
          let child = scope.spawn {
            let deadline = Instant.now.advanced(by: duration)
            try GreenThread.sleep(until: deadline)
            if Instant.now != deadline || deadline < last { Issue.record("woken out of order") }
            last = deadline
            sleepers += 1
          }
          if number % 3 == 0 {
            scope.spawn {
              try GreenThread.sleep(for: duration / 2)
              child.cancel()
            }
          }
        }
      }
    }
    #expect(sleepers == count - (count + 2) / 3)
  }

  @Test func `who has ended leaves no entry, and a deadline that moves later none of its own`()
    throws
  {
    try onVirtualTime {
      let (_, scheduler) = currentThread(for: "test")
      try withScope { scope in
        for _ in 0..<100 {
          scope.spawn {
            try withTimeout(.seconds(60)) {
              for _ in 0..<10 {
                try withTimeout(.seconds(50)) { GreenThread.yield() }
              }
            }
          }
        }
      }
      #expect(scheduler.it.timers.isEmpty)
      try withTimeout(.seconds(1)) {}
      for _ in 0..<100 { try withTimeout(.seconds(60)) {} }
      // One entry, as early as its first deadline, corrected when that comes.
      #expect(scheduler.it.timers.earliest == Instant(nanoseconds: 1_000_000_000))
      try GreenThread.sleep(for: .seconds(2))
      #expect(scheduler.it.timers.isEmpty)
      #expect(Instant.now == Instant(nanoseconds: 2_000_000_000))
    }
  }

  @Test func `more sleepers than an allocation is made for wake in order, and their room goes`()
    throws
  {
    let count = isSanitized ? 2_000 : 70_000
    var seed = SplitMix(seed: 7)
    var last = Instant.zero
    var sleepers = 0
    try onVirtualTime {
      let (_, scheduler) = currentThread(for: "test")
      try withScope { scope in
        for _ in 0..<count {
          let deadline = Instant(nanoseconds: Int64(seed.next() % 1_000_000_000))
          scope.spawn {
            try GreenThread.sleep(until: deadline)
            if Instant.now != deadline || deadline < last { Issue.record("woken out of order") }
            last = deadline
            sleepers += 1
          }
        }
        GreenThread.yield()
        #expect(scheduler.it.timers.count == count)
      }
      #expect(scheduler.it.timers.isEmpty)
    }
    #expect(sleepers == count)
  }
}
