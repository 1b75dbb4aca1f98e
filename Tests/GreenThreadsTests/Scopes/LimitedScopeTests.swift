import GreenThreads
import TestSupport
import Testing

@Suite struct LimitedScopeTests {
  private struct Broken: Error, Equatable {}

  @Test func `no more than the limit live at a time`() throws {
    var alive = 0
    var most = 0
    var ended = 0
    try onVirtualTime {
      try withScope(limit: 3) { scope in
        for number in 0..<20 {
          try scope.spawn {
            alive += 1
            most = max(most, alive)
            try GreenThread.sleep(for: .milliseconds(number * 7 % 5 + 1))
            alive -= 1
            ended += 1
          }
          #expect(scope.childCount <= 3)
        }
      }
    }
    #expect(most == 3)
    #expect(ended == 20)
  }

  @Test func `those who wait for room are let in in the order in which they came`() throws {
    let log = EventLog()
    try onVirtualTime {
      try withScope(limit: 1) { limited in
        try limited.spawn { try GreenThread.sleep(for: .seconds(1)) }
        try withScope { scope in
          for number in 1...4 {
            scope.spawn {
              try limited.spawn {
                log.note("\(number) at \(Instant.now)")
                try GreenThread.sleep(for: .seconds(1))
              }
            }
          }
          // One who comes later finds a place that has just been given to another.
          scope.spawn {
            try GreenThread.sleep(for: .seconds(1))
            #expect(throws: ResourceBusy.self) { try limited.spawnIfRoom {} }
            try limited.spawn { log.note("latecomer at \(Instant.now)") }
          }
        }
      }
    }
    #expect(
      log.entries == [
        "1 at 1.0 seconds", "2 at 2.0 seconds", "3 at 3.0 seconds", "4 at 4.0 seconds",
        "latecomer at 5.0 seconds",
      ])
  }

  @Test func `a full scope is busy at once for who asks so`() throws {
    try onVirtualTime {
      try withScope(limit: 1) { scope in
        let first = try scope.spawnIfRoom { try GreenThread.sleep(for: .seconds(1)) }
        let error = #expect(throws: ResourceBusy.self) { try scope.spawnIfRoom {} }
        #expect(error?.resource.contains("LimitedScopeTests.swift") == true)
        #expect(Instant.now == .zero)
        try first.join()
        try #expect(scope.spawnIfRoom { 7 }.join() == 7)
      }
    }
  }

  @Test func `cancellation and deadline end the wait for room, each with its own error`() throws {
    try onVirtualTime {
      try withScope(limit: 1) { limited in
        try limited.spawn { try GreenThread.sleep(for: .seconds(10)) }
        try withScope { scope in
          let waiting = scope.spawn { try limited.spawn { Issue.record("was let in") } }
          GreenThread.yield()
          waiting.cancel()
          #expect(errorThrown { _ = try waiting.join() } is Cancelled)
        }
        #expect(throws: DeadlineExceeded.self) {
          try withTimeout(.seconds(1)) { try limited.spawn { Issue.record("was let in") } }
        }
        #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
        // Neither has left anything behind: the next one gets the place.
        try #expect(limited.spawn { 7 }.join() == 7)
        #expect(Instant.now == Instant(nanoseconds: 10_000_000_000))
      }
    }
  }

  @Test func `a thousand who give up waiting leave the order of the others`() throws {
    var order: [Int] = []
    try onVirtualTime {
      try withScope(limit: 1) { limited in
        try limited.spawn { try GreenThread.sleep(for: .seconds(10)) }
        try withScope { scope in
          for number in 0..<1_000 {
            scope.spawn {
              if number % 10 == 0 { return _ = try limited.spawn { order.append(number) } }
              let timeout = Duration.milliseconds(number * 37 % 1_000 + 1)
              #expect(throws: DeadlineExceeded.self) {
                try withTimeout(timeout) { try limited.spawn { Issue.record("was let in") } }
              }
            }
          }
        }
      }
    }
    #expect(order == Array(stride(from: 0, to: 1_000, by: 10)))
  }

  @Test func `the scope stays open for one who waits to spawn into it from outside`() throws {
    var hasRun = false
    try onVirtualTime {
      try withScope { outer in
        try withScope(limit: 1) { limited in
          try limited.spawn { try GreenThread.sleep(for: .seconds(1)) }
          outer.spawn { try limited.spawn { hasRun = true } }
          GreenThread.yield()
        }
        #expect(hasRun)
      }
    }
  }

  @Test func `a failure cancels the others, and who waits for room inside`() throws {
    try onVirtualTime {
      #expect(throws: Broken.self) {
        try withScope(limit: 2) { scope in
          try scope.spawn { try GreenThread.sleep(for: .seconds(60)) }
          try scope.spawn {
            try GreenThread.sleep(for: .seconds(1))
            throw Broken()
          }
          try scope.spawn { Issue.record("was let in") }
        }
      }
      #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
    }
  }

  @Test(arguments: [0, -1])
  func `a limit that would let nobody in is refused`(_ limit: Int) throws {
    try onVirtualTime {
      let refusal = #expect(throws: InvalidArgument.self) { try withScope(limit: limit) { _ in } }
      #expect(refusal?.explanation.contains("limit \(limit)") == true)
      #expect(throws: InvalidArgument.self) {
        try withScope(limit: limit, isolatingFailures: { _ in }) { _ in }
      }
    }
  }

  @Test func `failures can be isolated`() throws {
    var failures = 0
    try onVirtualTime {
      try withScope(limit: 2, isolatingFailures: { _ in failures += 1 }) { scope in
        for _ in 0..<10 { try scope.spawn { throw Broken() } }
      }
    }
    #expect(failures == 10)
  }
}
