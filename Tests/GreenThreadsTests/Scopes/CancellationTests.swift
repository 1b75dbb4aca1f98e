import GreenThreads
import TestSupport
import Testing

@Suite struct CancellationTests {
  @Test func `one that has not begun never runs`() throws {
    let lifetime = Lifetime()
    var hasRun = false
    try onVirtualTime {
      try withScope { scope in
        let captured = Tracked(lifetime)
        let child = scope.spawn {
          _ = captured.number
          hasRun = true
        }
        child.cancel()
        #expect(throws: Cancelled.self) { try child.join() }
      }
      #expect(lifetime.liveCount == 0)
    }
    #expect(!hasRun)
  }

  @Test func `one that runs sees it at its next park, and unwinds`() throws {
    let log = EventLog()
    let lifetime = Lifetime()
    try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn {
          let kept = Tracked(lifetime)
          defer { log.note("deferred \(kept.number)") }
          GreenThread.yield()
          log.note("yield is no cancellation point: \(GreenThread.isCancelled)")
          try GreenThread.sleep(for: .seconds(1))
          log.note("slept")
        }
        GreenThread.yield()
        child.cancel()
        child.cancel()
        #expect(throws: Cancelled.self) { try child.join() }
        #expect(lifetime.liveCount == 0)
      }
    }
    #expect(log.entries == ["yield is no cancellation point: true", "deferred 0"])
  }

  @Test func `after the end it has no effect`() throws {
    try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn { 1 }
        GreenThread.yield()
        child.cancel()
        let value = try child.join()
        #expect(value == 1)
      }
    }
  }

  @Test func `once cancelled, every park throws at once, until the scope ends`() throws {
    try onVirtualTime {
      try withScope { scope in
        scope.cancel()
        for _ in 0..<3 {
          #expect(errorThrown { try GreenThread.sleep(for: .seconds(1)) } is Cancelled)
        }
        #expect(errorThrown { try GreenThread.sleep(for: .zero) } is Cancelled)
        #expect(errorThrown { try GreenThread.checkCancellation() } is Cancelled)
        let ticket = WakeTicket()
        #expect(errorThrown { try GreenThread.park(ticket, for: ParkReason("x")) } is Cancelled)
        #expect(!ticket.wake())
        #expect(Instant.now == .zero)
      }
      #expect(!GreenThread.isCancelled)
      try GreenThread.sleep(for: .seconds(1))
    }
  }

  @Test func `a scope that is cancelled from inside returns, and the one around it goes on`()
    throws
  {
    let log = EventLog()
    try onVirtualTime {
      try withScope { outer in
        outer.spawn {
          let results = Channel<Int>()
          try withScope { inner in
            inner.spawn {
              try GreenThread.sleep(for: .seconds(1))
              inner.cancel()
            }
            while try results.receive() != nil {}
          }
          log.note("the scope returned, cancelled: \(GreenThread.isCancelled)")
        }
        outer.spawn {
          try withScope(limit: 2, isolatingFailures: { log.note("a failure: \($0)") }) { inner in
            inner.cancel()
            try GreenThread.sleep(for: .seconds(60))
          }
        }
        outer.spawn {
          try GreenThread.sleep(for: .seconds(2))
          log.note("a sibling ended at \(Instant.now)")
        }
      }
    }
    #expect(
      log.entries == [
        "the scope returned, cancelled: false", "a sibling ended at 2.0 seconds",
      ])
  }

  @Test func `one that has no value to return throws, which is a failure around it`() throws {
    let log = EventLog()
    try onVirtualTime {
      let error = #expect(throws: Cancelled.self) {
        try withScope { outer in
          outer.spawn {
            defer { log.note("a sibling cancelled: \(GreenThread.isCancelled)") }
            try GreenThread.sleep(for: .seconds(60))
          }
          outer.spawn {
            _ = try withScope { inner in
              inner.cancel()
              try GreenThread.sleep(for: .seconds(60))
              return 1
            }
          }
        }
      }
      #expect(error != nil)
      #expect(Instant.now == .zero)
    }
    #expect(log.entries == ["a sibling cancelled: true"])
  }

  @Test func `it ends a sleep promptly`() throws {
    try onVirtualTime {
      try withScope { scope in
        let sleeper = scope.spawn { try GreenThread.sleep(for: .seconds(60)) }
        try GreenThread.sleep(for: .seconds(1))
        sleeper.cancel()
        #expect(throws: Cancelled.self) { try sleeper.join() }
        #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
      }
    }
  }

  @Test func `it ends a join promptly, and leaves whom it waited for alone`() throws {
    try onVirtualTime {
      try withScope { scope in
        let target = scope.spawn { () -> Int in
          try GreenThread.sleep(for: .seconds(60))
          return 8
        }
        let joiner = scope.spawn { _ = try target.join() }
        try GreenThread.sleep(for: .seconds(1))
        joiner.cancel()
        #expect(throws: Cancelled.self) { try joiner.join() }
        #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
        #expect(!target.isFinished)
        let value = try target.join()
        #expect(value == 8)
      }
    }
  }

  @Test func `it goes through a scope that waits, to those inside, and the scope ends with it`()
    throws
  {
    let log = EventLog()
    try onVirtualTime {
      try withScope { scope in
        let owner = scope.spawn {
          try withScope { inner in
            inner.spawn {
              try withScope { innermost in
                innermost.spawn {
                  defer { log.note("innermost") }
                  try GreenThread.sleep(for: .seconds(60))
                }
              }
            }
          }
          log.note("the scope returned")
        }
        try GreenThread.sleep(for: .seconds(1))
        owner.cancel()
        #expect(throws: Cancelled.self) { try owner.join() }
        #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
      }
    }
    #expect(log.entries == ["innermost"])
  }

  @Test func `a wake that came first wins`() throws {
    try onVirtualTime {
      try withScope { scope in
        var ticket: WakeTicket?
        let child = scope.spawn {
          let own = WakeTicket()
          ticket = own
          return try GreenThread.park(own, for: ParkReason("for data"))
        }
        GreenThread.yield()
        ticket?.wake()
        child.cancel()
        let cause = try child.join()
        #expect(cause == .ready)
      }
    }
  }

  @Test func `a shield lets a clean-up wait, and then the cancellation is there again`() throws {
    let log = EventLog()
    try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn {
          do {
            try GreenThread.sleep(for: .seconds(60))
          } catch {
            try withCancellationShield {
              try GreenThread.sleep(for: .seconds(2))
              log.note("cleaned up, cancelled: \(GreenThread.isCancelled)")
              #expect(throws: DeadlineExceeded.self) {
                try withTimeout(.seconds(1)) { try GreenThread.sleep(for: .seconds(9)) }
              }
            }
            log.note("cancelled: \(GreenThread.isCancelled)")
            throw error
          }
        }
        GreenThread.yield()
        child.cancel()
        #expect(throws: Cancelled.self) { try child.join() }
        #expect(Instant.now == Instant(nanoseconds: 3_000_000_000))
      }
    }
    #expect(log.entries == ["cleaned up, cancelled: false", "cancelled: true"])
  }

  @Test func `one cancelled inside a shield sees it when the shield ends`() throws {
    try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn {
          try withCancellationShield {
            try withScope { inner in
              inner.spawn { try GreenThread.sleep(for: .seconds(2)) }
            }
          }
          #expect(GreenThread.isCancelled)
          try GreenThread.checkCancellation()
        }
        try GreenThread.sleep(for: .seconds(1))
        child.cancel()
        #expect(throws: Cancelled.self) { try child.join() }
        #expect(Instant.now == Instant(nanoseconds: 2_000_000_000))
      }
    }
  }

  @Test func `twenty thousand nested scopes are cancelled without recursion`() throws {
    let depth = isSanitized ? 1_000 : 20_000
    func nest(_ level: Int) throws {
      if level == 0 { return try GreenThread.sleep(for: .seconds(60)) }
      try withCancellationScope { try nest(level - 1) }
    }
    try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn(stackSize: 64 << 20) { try nest(depth) }
        try GreenThread.sleep(for: .seconds(1))
        child.cancel()
        #expect(throws: Cancelled.self) { try child.join() }
      }
    }
  }

  private func withCancellationScope(_ body: () throws -> Void) throws {
    try withDeadline(.distantFuture, body)
  }

  @Test func `a thousand cancelled in the middle of anything leave nothing behind`() throws {
    let lifetime = Lifetime()
    var cleanUps = 0
    try onVirtualTime(order: .seeded(7)) {
      try withScope { scope in
        let children = (0..<1000).map { number in
          scope.spawn {
            let kept = Tracked(lifetime, number)
            defer { cleanUps += 1 }
            for _ in 0..<number % 7 { GreenThread.yield() }
            try withTimeout(.seconds(number % 3 + 1)) {
              try withScope { inner in
                inner.spawn { try GreenThread.sleep(for: .seconds(5)) }
                try GreenThread.sleep(for: .milliseconds(kept.number))
              }
            }
          }
        }
        for _ in 0..<5 { GreenThread.yield() }
        for child in children { child.cancel() }
        for child in children { _ = try? child.join() }
        #expect(lifetime.liveCount == 0)
      }
    }
    #expect(cleanUps == lifetime.madeCount)
  }
}
