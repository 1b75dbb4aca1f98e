import Glibc
import GreenThreads
import Synchronization
import TestSupport
import Testing

@Suite struct StallTests {
  /// What is reported while a green thread runs `body`, which is told when something was.
  private func stalls(
    of name: String, while body: @escaping (borrowing Atomic<Bool>) -> Void
  ) throws -> [Stall] {
    let stalls = Guarded<[Stall]>([])
    try onVirtualTime {
      let isReported = Atomic<Bool>(false)
      try GreenThread.reportStalls { stall in
        stalls.withLock { $0.append(stall) }
        isReported.store(true, ordering: .releasing)
      }
      try GreenThread.spawn(name: name) { body(isReported) }.join()
      GreenThread.stopReportingStalls()
    }
    return stalls.withLock { $0 }
  }

  @Test(.disabled(if: isThreadSanitized, "the sanitizer puts the signal off until a system call"))
  func `a green thread that does not stop is reported with its name and stack, once`() throws {
    let seen = try stalls(of: "greedy") { isReported in
      spinUntil(isReported)
      spin(for: .milliseconds(30))
    }
    #expect(seen.count == 1)
    let stall = try #require(seen.first)
    #expect(stall.thread?.name == "greedy")
    #expect(stall.duration >= .milliseconds(10))
    #expect(stall.description.contains("\"greedy\", spawned at GreenThreadsTests/StallTests.swift"))
    #expect(stall.description.contains("spinUntil"))
  }

  @Test(.disabled(if: isThreadSanitized, "the sanitizer puts the signal off until a system call"))
  func `one whose lent stack does not come back is reported as one that does not stop`() throws {
    let seen = try stalls(of: "generous") { isReported in
      GreenThread.lendStack { spinUntil(isReported) }
    }
    #expect(seen.count == 1)
    #expect(seen.first?.thread?.name == "generous")
  }

  @Test func `green threads that take turns are no stall, and the order is as without`() throws {
    let count = Atomic<Int>(0)
    func entries(watched: () throws -> Void) throws -> [String] {
      try onVirtualTime {
        try watched()
        let log = EventLog()
        try withScope { scope in
          for name in ["a", "b", "c"] {
            scope.spawn {
              for turn in 0..<40 {
                log.note("\(name)\(turn)")
                spin(for: .milliseconds(1))
                GreenThread.yield()
              }
            }
          }
        }
        return log.entries
      }
    }
    let watched = try entries {
      try GreenThread.reportStalls(longerThan: .seconds(5)) { _ in
        count.add(1, ordering: .relaxed)
      }
    }
    #expect(try watched == entries {})
    #expect(count.load(ordering: .relaxed) == 0)
  }

  @Test func `its OS thread is listed, and ends with the scheduler`() throws {
    try onVirtualTime {
      try GreenThread.reportStalls(longerThan: .seconds(3600))
      let purposes = OwnedThread.all.map(\.purpose)
      #expect(purposes.contains("watch for stalls"))
      #expect(SchedulerSnapshot().ownedThreads.contains { $0.name == "drift-stalls" })
    }
  }

  @Test(arguments: [true, false])
  func `the OS thread's signal mask is what it was when run has returned`(isBlocked: Bool) throws {
    try onOwnThread {
      setBlocked(SIGURG, isBlocked)
      let before = ownSignalMask()
      try run(on: VirtualTime()) {
        for _ in 0..<2 { try GreenThread.reportStalls(longerThan: .seconds(3600)) }
        try GreenThread.reportIdleness(longerThan: .seconds(3600))
        #expect(ownSignalMask() & 1 << UInt64(SIGURG - 1) == 0)
        GreenThread.stopReportingStalls()
      }
      #expect(ownSignalMask() == before)
    }
  }
}

private func spin(for duration: Duration) {
  let end = Instant.monotonicNow.advanced(by: duration)
  while Instant.monotonicNow < end {}
}
