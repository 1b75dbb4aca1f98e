import GreenThreads
import TestSupport
import Testing

@Suite struct TickerTests {
  @Test func `it ticks at multiples of its interval, however long a turn takes`() throws {
    var ticks: [Instant] = []
    try onVirtualTime {
      let ticker = try Ticker(every: .milliseconds(10))
      for turn in 0..<5 {
        let missed = try ticker.next()
        #expect(missed == 0)
        ticks.append(.now)
        try GreenThread.sleep(for: .milliseconds(turn))
      }
    }
    #expect(ticks == (1...5).map { Instant(nanoseconds: $0 * 10_000_000) })
  }

  @Test func `one who is late gets a tick at once, and the number of those missed`() throws {
    try onVirtualTime {
      let ticker = try Ticker(every: .milliseconds(10), first: .zero)
      var missed = [try ticker.next()]
      try GreenThread.sleep(for: .milliseconds(35))
      missed.append(try ticker.next())
      #expect(Instant.now == Instant(nanoseconds: 35_000_000))
      missed.append(try ticker.next())
      #expect(Instant.now == Instant(nanoseconds: 40_000_000))
      #expect(missed == [0, 2, 0])
    }
  }

  @Test func `a cancelled wait leaves the tick to come`() throws {
    try onVirtualTime {
      let ticker = try Ticker(every: .seconds(1))
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.milliseconds(500)) { _ = try ticker.next() }
      }
      #expect(ticker.nextTick == Instant(nanoseconds: 1_000_000_000))
      try ticker.next()
      #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
    }
  }

  @Test func `one that is late by more than a number can say goes on from now`() throws {
    try onVirtualTime {
      let short = try Ticker(every: .nanoseconds(1), first: Instant(nanoseconds: .min))
      try #expect(short.next() == .max)
      #expect(short.nextTick == Instant(nanoseconds: 1))
      let long = try Ticker(every: .nanoseconds(Int64.max), first: Instant(nanoseconds: .min))
      try #expect(long.next() == 1)
      #expect(long.nextTick == Instant(nanoseconds: .max - 1))
    }
  }

  @Test func `an interval must be positive, and may be for ever`() throws {
    try onVirtualTime {
      #expect(throws: InvalidArgument.self) { try Ticker(every: .zero) }
      #expect(throws: InvalidArgument.self) { try Ticker(every: .seconds(-1)) }
      let ticker = try Ticker(every: .seconds(Int64.max), first: .zero)
      try ticker.next()
      #expect(ticker.nextTick == .distantFuture)
    }
  }
}
