import GreenThreads
import TestSupport
import Testing

@Suite struct SleepTests {
  @Test func `sleepers wake in the order of their deadlines, and not before`() throws {
    var woken: [Int] = []
    try onVirtualTime {
      try withScope { scope in
        for number in [5, 1, 4, 2, 3] {
          scope.spawn {
            try GreenThread.sleep(for: .seconds(number))
            #expect(Instant.now == Instant(nanoseconds: Int64(number) * 1_000_000_000))
            woken.append(number)
          }
        }
      }
    }
    #expect(woken == [1, 2, 3, 4, 5])
  }

  @Test func `equal deadlines come in the order in which they were set`() throws {
    var woken: [Int] = []
    try onVirtualTime {
      try withScope { scope in
        for number in 0..<1000 {
          scope.spawn {
            try GreenThread.sleep(until: Instant(nanoseconds: 1_000))
            woken.append(number)
          }
        }
      }
    }
    #expect(woken == Array(0..<1000))
  }

  @Test func `a deadline set again comes after equal ones that were set meanwhile`() throws {
    var woken: [String] = []
    let time = Instant(nanoseconds: 1_000)
    try onVirtualTime {
      try withScope { scope in
        var tickets: [WakeTicket] = []
        for number in 0..<20 {
          scope.spawn {
            let ticket = WakeTicket()
            tickets.append(ticket)
            try GreenThread.park(ticket, for: ParkReason("for a nudge"), until: time)
            try GreenThread.sleep(until: time)
            woken.append("again \(number)")
          }
        }
        GreenThread.yield()
        for number in 0..<20 {
          scope.spawn {
            try GreenThread.sleep(until: time)
            woken.append("once \(number)")
          }
        }
        GreenThread.yield()
        for ticket in tickets { ticket.wake() }
      }
    }
    #expect(woken == (0..<20).map { "once \($0)" } + (0..<20).map { "again \($0)" })
  }

  @Test func `a sleep of zero is a yield, and a negative one returns at once`() throws {
    let log = EventLog()
    try onVirtualTime {
      try withScope { scope in
        scope.spawn { log.note("other") }
        try GreenThread.sleep(for: .seconds(-1))
        log.note("after a negative sleep")
        try GreenThread.sleep(for: .zero)
        log.note("after a sleep of zero")
        #expect(Instant.now == .zero)
      }
    }
    #expect(log.entries == ["after a negative sleep", "other", "after a sleep of zero"])
  }

  @Test func `a stale wake does not shorten the next sleep`() throws {
    try onVirtualTime {
      let ticket = WakeTicket()
      try GreenThread.park(
        ticket, for: ParkReason("for a second"), until: Instant(nanoseconds: 1_000_000_000))
      #expect(!ticket.wake())
      try GreenThread.sleep(for: .seconds(1))
      #expect(Instant.now == Instant(nanoseconds: 2_000_000_000))
    }
  }

  @Test func `a timer of one woken otherwise does nothing later`() throws {
    try onVirtualTime {
      try withScope { scope in
        let ticket = WakeTicket()
        scope.spawn {
          try GreenThread.sleep(for: .seconds(1))
          ticket.wake()
        }
        let cause = try GreenThread.park(
          ticket, for: ParkReason("for data"), until: Instant(nanoseconds: 2_000_000_000))
        #expect(cause == .ready)
        // The old deadline lies within this sleep.
        try GreenThread.sleep(for: .seconds(10))
        #expect(Instant.now == Instant(nanoseconds: 11_000_000_000))
      }
    }
  }

  @Test func `a clock moved by hand wakes those whose time has come, and nobody else`() throws {
    let log = EventLog()
    let time = VirtualTime(.byHand)
    try onOwnThread {
      try run(on: time) {
        try withScope { scope in
          for number in 1...3 {
            scope.spawn {
              try GreenThread.sleep(for: .seconds(number))
              log.note("\(number)")
            }
          }
          GreenThread.yield()
          time.advance(by: .milliseconds(999))
          for _ in 0..<3 { GreenThread.yield() }
          log.note("before one")
          time.advance(by: .milliseconds(1))
          for _ in 0..<3 { GreenThread.yield() }
          log.note("before three")
          time.advance(by: .seconds(2))
        }
      }
    }
    #expect(log.entries == ["before one", "1", "before three", "2", "3"])
  }

  @Test func `all whose time has come by a clock moved by hand run at the next yield`() throws {
    let time = VirtualTime(.byHand)
    try onOwnThread {
      try run(on: time) {
        var woken = 0
        try withScope { scope in
          for _ in 0..<1_000 {
            scope.spawn {
              try GreenThread.sleep(for: .seconds(1))
              woken += 1
            }
          }
          while GreenThread.stacksInUse < 1_001 { GreenThread.yield() }
          time.advance(by: .seconds(1))
          GreenThread.yield()
          #expect(woken == 1_000)
        }
      }
    }
  }

  @Test func `moving a clock by hand is no turn of the loop`() throws {
    let time = VirtualTime(.byHand)
    try onOwnThread {
      try run(on: time) {
        let turns = Counters.current.turns
        for _ in 0..<1_000 { time.advance(by: .seconds(1)) }
        #expect(Counters.current.turns == turns)
      }
    }
  }

  @Test func `a sleep for ever ends as a deadlock`() throws {
    let deadlock = #expect(throws: Deadlock.self) {
      try onVirtualTime { try GreenThread.sleep(until: .distantFuture) }
    }
    #expect(deadlock?.report.contains("waits for a time") == true)
  }
}
