import TestSupport
import Testing

@testable import GreenThreads

@Suite struct ParkTests {
  @Test func `a wake before the park is kept, and two are one`() throws {
    try onVirtualTime {
      let ticket = WakeTicket()
      let wakes = [ticket.wake(.closed), ticket.wake(.ready)]
      #expect(wakes == [true, false])
      let cause = try GreenThread.park(ticket, for: ParkReason("for a wake"))
      #expect(cause == .closed)
      // Nothing of it is left for the next park.
      let next = try GreenThread.park(
        WakeTicket(), for: ParkReason("for time"), until: Instant(nanoseconds: 5))
      #expect(next == .deadline)
    }
  }

  @Test func `a cancellation that a waker made up is nobody's, and so a failure`() throws {
    try onVirtualTime {
      #expect(throws: Cancelled.self) {
        try withScope { scope in
          var ticket: WakeTicket?
          scope.spawn {
            let own = WakeTicket()
            ticket = own
            try GreenThread.park(own, for: ParkReason("for a wake"))
          }
          GreenThread.yield()
          ticket?.wake(.cancelled)
        }
      }
    }
  }

  @Test func `who was cancelled before the park gets that again on the same ticket`() throws {
    try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn {
          let ticket = WakeTicket()
          for _ in 0..<2 {
            #expect(throws: Cancelled.self) {
              try GreenThread.park(ticket, for: ParkReason("for a wake"))
            }
          }
          try GreenThread.checkCancellation()
        }
        scope.spawn { child.cancel() }
        scope.cancel()
      }
    }
  }

  @Test func `stale wakes are dropped and counted`() throws {
    try onVirtualTime {
      let (_, scheduler) = currentThread(for: "test")
      let first = WakeTicket()
      first.wake()
      try GreenThread.park(first, for: ParkReason("for a wake"))
      let second = WakeTicket()
      let third = WakeTicket()
      #expect(!first.wake())
      #expect(!second.wake())
      #expect(scheduler.it.counters.staleWakes == 2)
      try GreenThread.park(
        third, for: ParkReason("for time"), until: Instant(nanoseconds: 5))
      #expect(!third.wake())
      #expect(scheduler.it.counters.staleWakes == 3)
    }
  }

  @Test func `a ticket is no longer good once its green thread has ended`() throws {
    try onVirtualTime {
      try withScope { scope in
        var tickets: [WakeTicket] = []
        try scope.spawn { tickets.append(WakeTicket()) }.join()
        #expect(tickets.last?.wake() == false)
        let kept = scope.spawn {
          tickets.append(WakeTicket())
          return 1
        }
        GreenThread.yield()
        #expect(kept.isFinished)
        #expect(tickets.last?.wake() == false)
        let result = try kept.join()
        #expect(result == 1)
      }
    }
  }

  @Test func `a stale ticket does not wake whoever uses the record now`() throws {
    try onVirtualTime {
      try withScope { scope in
        var stale: [WakeTicket] = []
        for _ in 0..<10 {
          let child = scope.spawn { stale.append(WakeTicket()) }
          try child.join()
        }
        for _ in 0..<10 {
          scope.spawn {
            let cause = try GreenThread.park(
              WakeTicket(), for: ParkReason("for time"), until: Instant(nanoseconds: 1_000))
            #expect(cause == .deadline)
          }
        }
        GreenThread.yield()
        for ticket in stale { ticket.wake() }
      }
    }
  }

  @Test func `two hundred thousand hand-overs: none lost, none extra`() throws {
    let rounds = isSanitized ? 20_000 : 200_000
    var hits = (0, 0)
    try onVirtualTime {
      try withScope { scope in
        var tickets: (WakeTicket?, WakeTicket?) = (nil, nil)
        scope.spawn {
          for _ in 0..<rounds {
            let own = WakeTicket()
            tickets.0 = own
            tickets.1?.wake()
            try GreenThread.park(own, for: ParkReason("for the other"))
            hits.0 += 1
          }
          tickets.1?.wake()
        }
        scope.spawn {
          for _ in 0..<rounds {
            let own = WakeTicket()
            tickets.1 = own
            tickets.0?.wake()
            try GreenThread.park(own, for: ParkReason("for the other"))
            hits.1 += 1
          }
          tickets.0?.wake()
        }
      }
    }
    #expect(hits == (rounds, rounds))
  }

  @Test func `cancellation, deadline and data at once wake once`() throws {
    var causes = 0
    try onVirtualTime(order: .seeded(3)) {
      try withScope { scope in
        for number in 0..<1000 {
          var ticket: WakeTicket?
          let time = Instant(nanoseconds: Int64(number / 10 + 1) * 1_000)
          let child = scope.spawn {
            let own = WakeTicket()
            ticket = own
            defer { causes += 1 }
            try GreenThread.park(own, for: ParkReason("for anything"), until: time)
          }
          scope.spawn {
            try GreenThread.sleep(until: time)
            if number % 2 == 0 { child.cancel() }
            ticket?.wake()
            if number % 2 == 1 { child.cancel() }
          }
        }
      }
    }
    #expect(causes == 1000)
  }

  @Test func `parkThroughCancellation waits for its wake all the same`() throws {
    try onVirtualTime {
      try withScope { scope in
        var ticket: WakeTicket?
        let child = scope.spawn { () -> WakeCause in
          let own = WakeTicket()
          ticket = own
          return GreenThread.parkThroughCancellation(own, for: ParkReason("for a lock"))
        }
        GreenThread.yield()
        child.cancel()
        try GreenThread.sleep(for: .seconds(1))
        #expect(!child.isFinished)
        ticket?.wake(.ready)
        let cause = try child.join()
        #expect(cause == .ready)
      }
    }
  }
}
