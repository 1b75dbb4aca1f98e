import Glibc
import GreenThreads
import Synchronization
import TestSupport
import Testing

@Suite struct IdlenessTests {
  @Test(.disabled(if: isThreadSanitized, "the sanitizer puts the signal off until a system call"))
  func `a time in which nobody runs is reported with who waits for what, once`() throws {
    let reports = Guarded<[Idleness]>([])
    try onVirtualTime {
      let remote = RemoteHandle()
      for round in 1...2 {
        let ticket = WakeTicket()
        try GreenThread.reportIdleness(longerThan: .milliseconds(10)) { idleness in
          reports.withLock { $0.append(idleness) }
        }
        let helper = HelperThread {
          while reports.withLock({ $0.count }) < round { usleep(1000) }
          // Long enough for some more.
          usleep(100_000)
          remote.wake(ticket)
        }
        try GreenThread.park(ticket, for: ParkReason("for the other side", 7))
        GreenThread.stopReportingIdleness()
        helper.join()
        #expect(reports.withLock { $0.count } == round)
      }
    }
    let idleness = try #require(reports.withLock { $0.first })
    #expect(idleness.duration >= .milliseconds(10))
    let thread = try #require(idleness.snapshot?.threads.first)
    #expect(thread.state == .parked)
    #expect(thread.reason?.description == "for the other side 7")
    #expect(idleness.description.hasPrefix("no green thread has run for "))
    #expect(idleness.description.contains("waits for the other side 7"))
  }

  @Test func `who runs is not idle, however long, nor are those who take turns`() throws {
    let count = Atomic<Int>(0)
    try onVirtualTime {
      try GreenThread.reportIdleness(longerThan: .milliseconds(1)) { _ in
        count.add(1, ordering: .relaxed)
      }
      let end = Instant.monotonicNow.advanced(by: .milliseconds(50))
      while Instant.monotonicNow < end {}
      GreenThread.stopReportingIdleness()
      #expect(count.load(ordering: .relaxed) == 0)
      try GreenThread.reportIdleness(longerThan: .seconds(10)) { _ in
        count.add(1, ordering: .relaxed)
      }
      for _ in 0..<100 { try GreenThread.sleep(for: .seconds(1)) }
    }
    #expect(count.load(ordering: .relaxed) == 0)
  }

  @Test func `its OS thread is listed, and ends with the scheduler`() throws {
    try onVirtualTime {
      try GreenThread.reportIdleness(longerThan: .seconds(3600))
      #expect(OwnedThread.all.contains { $0.name == "drift-idleness" })
    }
  }
}
