import GreenThreads
import TestSupport
import Testing

@Suite struct DeadlineTests {
  private struct Other: Error {}

  @Test func `the call that owns an expired deadline throws DeadlineExceeded`() throws {
    try onVirtualTime {
      let error = #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.seconds(1)) {
          #expect(errorThrown { try GreenThread.sleep(for: .seconds(5)) } is Cancelled)
          #expect(GreenThread.isCancelled)
          try GreenThread.checkCancellation()
        }
      }
      #expect(error?.deadline == Instant(nanoseconds: 1_000_000_000))
      #expect(!GreenThread.isCancelled)
    }
  }

  @Test func `a retry loop around an inner timeout ends when the outer one expires`() throws {
    var tries = 0
    try onVirtualTime {
      let error = #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(100)) {
          while true {
            do {
              try withTimeout(.milliseconds(30)) { try GreenThread.sleep(for: .seconds(1)) }
            } catch is DeadlineExceeded {
              tries += 1
            }
          }
        }
      }
      #expect(error?.deadline == Instant(nanoseconds: 100_000_000))
    }
    #expect(tries == 3)
  }

  @Test func `an outer deadline limits every inner operation with a longer one`() throws {
    try onVirtualTime {
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(100)) {
          try withTimeout(.seconds(60)) {
            try withScope { scope in
              let child = scope.spawn { try GreenThread.sleep(for: .seconds(60)) }
              try child.join(within: .seconds(50))
            }
          }
        }
      }
      #expect(Instant.now == Instant(nanoseconds: 100_000_000))
    }
  }

  @Test func `of two deadlines that come together the outer one wins`() throws {
    try onVirtualTime {
      var caughtInside = false
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.seconds(1)) {
          do {
            try withTimeout(.seconds(1)) { try GreenThread.sleep(for: .seconds(5)) }
          } catch is DeadlineExceeded {
            caughtInside = true
          }
        }
      }
      #expect(!caughtInside)
    }
  }

  @Test(arguments: [10, 60])
  func `a deadline keeps its place among equal ones through waits inside it`(
    _ lastSeconds: Int64
  ) throws {
    let log = EventLog()
    func instant(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }
    try onVirtualTime {
      try withScope { scope in
        scope.spawn {
          do {
            try withDeadline(instant(10)) {
              for seconds in [5, 7, lastSeconds] { try GreenThread.sleep(until: instant(seconds)) }
            }
          } catch is DeadlineExceeded {
            log.note("deadline")
          }
        }
        scope.spawn {
          try GreenThread.sleep(until: instant(10))
          log.note("sleeper")
        }
      }
    }
    #expect(log.entries == ["deadline", "sleeper"])
  }

  @Test func `a deadline that has passed cancels before anything parks`() throws {
    try onVirtualTime {
      try GreenThread.sleep(for: .seconds(1))
      var hasBegun = false
      #expect(throws: DeadlineExceeded.self) {
        try withDeadline(.zero) {
          hasBegun = true
          try GreenThread.sleep(for: .seconds(1))
        }
      }
      #expect(hasBegun)
      let value = try withDeadline(.zero) { 3 }
      #expect(value == 3)
    }
  }

  @Test func `a body that ends in time leaves no late result for the next call`() throws {
    try onVirtualTime {
      for _ in 0..<100 {
        try withTimeout(.seconds(1)) { try GreenThread.sleep(for: .milliseconds(999)) }
        try GreenThread.sleep(for: .seconds(5))
        #expect(!GreenThread.isCancelled)
      }
    }
  }

  @Test func `an error of the body is not turned into a deadline`() throws {
    try onVirtualTime {
      #expect(throws: Other.self) {
        try withTimeout(.seconds(1)) {
          _ = try? GreenThread.sleep(for: .seconds(5))
          throw Other()
        }
      }
    }
  }

  @Test func `a join that a deadline cuts short removes its waiter`() throws {
    try onVirtualTime {
      try withScope { scope in
        let slow = scope.spawn { () -> Int in
          try GreenThread.sleep(for: .seconds(2))
          return 6
        }
        #expect(throws: DeadlineExceeded.self) {
          try withTimeout(.seconds(1)) { try slow.join() }
        }
        // A waiter left behind would make this one busy.
        let value = try slow.join()
        #expect(value == 6)
      }
    }
  }

  @Test func `a cancellation from outside is not taken for a deadline`() throws {
    try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn {
          try withTimeout(.seconds(10)) { try GreenThread.sleep(for: .seconds(20)) }
        }
        try GreenThread.sleep(for: .seconds(1))
        child.cancel()
        #expect(throws: Cancelled.self) { try child.join() }
      }
    }
  }

  @Test func `a child's deadlines come from the scope that it is spawned into`() throws {
    try onVirtualTime {
      try withScope { outer in
        var child: GreenThreads.Handle<Int>?
        #expect(throws: DeadlineExceeded.self) {
          try withTimeout(.seconds(1)) {
            child = outer.spawn {
              try GreenThread.sleep(for: .seconds(3))
              return 3
            }
            try withScope { inner in
              inner.spawn { try GreenThread.sleep(for: .seconds(3)) }
            }
          }
        }
        #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
        let value = try child?.join()
        #expect(value == 3)
      }
    }
  }
}
