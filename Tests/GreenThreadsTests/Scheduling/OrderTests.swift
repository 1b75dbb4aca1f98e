import GreenThreads
import TestSupport
import Testing

@Suite struct OrderTests {
  @Test func `yield puts the caller at the tail`() throws {
    let log = EventLog()
    try onVirtualTime {
      try withScope { scope in
        for number in 1...3 {
          scope.spawn {
            log.note("\(number)a")
            GreenThread.yield()
            log.note("\(number)b")
          }
        }
      }
    }
    #expect(log.entries == ["1a", "2a", "3a", "1b", "2b", "3b"])
  }

  @Test func `the same program takes the same order a hundred times`() throws {
    let first = try trace(.fifo)
    for _ in 1..<100 { #expect(try trace(.fifo) == first) }
  }

  @Test func `a seed replays its order, and others differ`() throws {
    let traces = try (0..<10).map { try trace(.seeded($0)) }
    for seed in 0..<10 { #expect(try trace(.seeded(UInt64(seed))) == traces[seed]) }
    #expect(Set(traces).count > 5)
  }

  /// Some of everything that can change who is next.
  private func trace(_ order: Order) throws -> [String] {
    let log = EventLog()
    try onVirtualTime(order: order) {
      try withScope(isolatingFailures: { log.note("\($0)") }) { scope in
        for number in 0..<20 {
          let child = scope.spawn {
            log.note("\(number) begins as \(GreenThread.current.id)")
            for _ in 0..<number % 4 { GreenThread.yield() }
            try GreenThread.sleep(for: .milliseconds(number % 5))
            log.note("\(number) slept until \(Instant.now.nanoseconds)")
            try withTimeout(.milliseconds(3)) {
              try GreenThread.sleep(for: .milliseconds(number % 6))
            }
            log.note("\(number) ends")
          }
          if number % 3 == 0 { scope.spawn { child.cancel() } }
        }
        try withScope(limit: 3) { limited in
          var handles: [Handle<Int>] = []
          for number in 0..<10 {
            handles.append(
              try limited.spawn {
                try GreenThread.sleep(for: .milliseconds(number * 7 % 4))
                log.note("\(number) was let in")
                return number
              })
          }
          while !handles.isEmpty {
            let first = try joinAny(handles)
            log.note("\(first.result) ended first")
            handles.remove(at: first.index)
          }
        }
      }
    }
    return log.entries
  }

  /// An event source that rings one bell, as often as it is asked.
  private final class Bell: EventSource {
    var ticket: WakeTicket?
    var rungAt = 0
    var switches = 0
    var now = Instant.zero
    var timePasses: Bool { true }
    var hasWaiters: Bool { ticket != nil }
    func wait(_ patience: Patience) { now = now.advanced(by: .microseconds(1)) }
    func deliver() {
      if let ticket {
        self.ticket = nil
        rungAt = switches
        ticket.wake()
      }
    }
    func interrupt() {}
  }

  @Test func `with ten thousand runnable an event is served within a turn of each`() throws {
    let runnable = isSanitized ? 1_000 : 10_000
    try onOwnThread {
      let bell = Bell()
      try run(on: bell) {
        try withScope { scope in
          for _ in 0..<runnable {
            scope.spawn {
              while !GreenThread.isCancelled {
                bell.switches += 1
                GreenThread.yield()
              }
            }
          }
          for _ in 0..<5 {
            let ticket = WakeTicket()
            let begin = bell.switches
            bell.ticket = ticket
            try GreenThread.park(ticket, for: ParkReason("for the bell"))
            // The source is asked after 256 switches at most; then everybody has one turn.
            #expect(bell.rungAt - begin <= 256)
            #expect(bell.switches - bell.rungAt <= runnable)
          }
          scope.cancel()
        }
      }
    }
  }

  @Test func `whose deadlines have come go ahead of those that wait for their turn`() throws {
    let time = VirtualTime(.byHand)
    let log = EventLog()
    try onOwnThread {
      try run(on: time) {
        try withScope { scope in
          for seconds in [3, 1, 2] {
            scope.spawn {
              try GreenThread.sleep(for: .seconds(seconds))
              log.note("after \(seconds) s")
            }
          }
          GreenThread.yield()
          for name in ["a", "b"] { scope.spawn { log.note(name) } }
          time.advance(by: .seconds(2))
          GreenThread.yield()
          time.advance(by: .seconds(2))
        }
      }
    }
    #expect(log.entries == ["after 1 s", "after 2 s", "a", "b", "after 3 s"])
  }

  @Test func `ten thousand whose deadlines have come leave turns to the others`() throws {
    let sleepers = isSanitized ? 1_000 : 10_000
    let time = VirtualTime()
    var woken = 0
    var longest = 0
    try onOwnThread {
      try run(on: time) {
        try withScope { scope in
          for _ in 0..<sleepers {
            scope.spawn {
              try GreenThread.sleep(for: .seconds(1))
              woken += 1
            }
          }
          GreenThread.yield()
          time.advance(by: .seconds(1))
          while woken < sleepers {
            let before = woken
            GreenThread.yield()
            longest = max(longest, woken - before)
          }
        }
      }
    }
    #expect(longest > 0 && longest <= 192, "\(longest) in a row")
  }

  @Test func `two that only yield do not keep a ticker from ticking`() throws {
    let time = VirtualTime(.byHand)
    var ticks: [Int64] = []
    try onOwnThread {
      try run(on: time) {
        try withScope { scope in
          scope.spawn {
            while ticks.count < 50 {
              time.advance(by: .microseconds(10))
              GreenThread.yield()
            }
          }
          scope.spawn { while ticks.count < 50 { GreenThread.yield() } }
          for tick in 1...50 {
            try GreenThread.sleep(until: Instant(nanoseconds: Int64(tick) * 1_000_000))
            ticks.append(Instant.now.nanoseconds / 1_000)
          }
        }
      }
    }
    #expect(zip(ticks, 1...).allSatisfy { $0 - Int64($1) * 1_000 <= 20 })
    #expect(ticks.count == 50)
  }
}
