import GreenThreads
import TestSupport
import Testing

@Suite struct CountersTests {
  @Test func `it counts what has happened since the scheduler began`() throws {
    try onVirtualTime {
      #expect(Counters.current.spawned == 1)
      let ticket = WakeTicket()
      GreenThread.spawn {
        ticket.wake(.closed)
        ticket.wake()
      }
      try GreenThread.park(ticket, for: ParkReason("for its end"))
      try GreenThread.sleep(for: .seconds(1))
      let counters = Counters.current
      #expect(counters.spawned == 2)
      #expect(counters.closeWakes == 1)
      #expect(counters.staleWakes == 1)
      #expect(counters.timersFired == 1)
    }
  }

  @Test func `it counts who has ended, and who had to wait for admission`() throws {
    try onVirtualTime {
      #expect(Counters.current.finished == 0)
      try withScope(limit: 2) { scope in
        for _ in 0..<5 {
          try scope.spawn { try GreenThread.sleep(for: .seconds(1)) }
        }
        // The first two and, while the fifth waited for room, the two after them.
        #expect(Counters.current.finished == 4)
      }
      #expect(Counters.current.spawned == 6)
      #expect(Counters.current.finished == 5)
      #expect(Counters.current.admissionParks == 2)
      let snapshot = SchedulerSnapshot()
      #expect(snapshot.counters == Counters.current)
      #expect(snapshot.text().contains("finished: 5, parked for admission: 2"))
      #expect(snapshot.json().contains("\"finished\":5,\"admissionParks\":2"))
    }
  }

  @Test func `the longest queue is seen at a turn of the loop`() throws {
    try onVirtualTime {
      try withScope { scope in
        let tickets = EventLog()
        for _ in 0..<100 {
          scope.spawn {
            try GreenThread.sleep(for: .seconds(1))
            tickets.note("awake")
          }
        }
        try GreenThread.sleep(for: .seconds(2))
        #expect(tickets.entries.count == 100)
        #expect(Counters.current.longestQueue == 100)
      }
    }
  }
}
