import GreenThreads
import TestSupport
import Testing

@Suite struct DeadlockTests {
  @Test func `the report has the names, the spawn sites and the reasons`() throws {
    let log = EventLog()
    let deadlock = #expect(throws: Deadlock.self) {
      try onVirtualTime {
        try withScope { scope in
          let child = scope.spawn(name: "reader") {
            defer { log.note("unwound") }
            try GreenThread.park(WakeTicket(), for: ParkReason("to read descriptor", 7))
          }
          scope.spawn(name: "joiner") { try child.join() }
        }
      }
    }
    let report = deadlock?.report ?? ""
    #expect(report.contains("nothing can wake any of 3 green threads"))
    #expect(report.contains("\"main\""))
    #expect(report.contains("\"reader\", spawned at GreenThreadsTests/DeadlockTests.swift:"))
    #expect(report.contains("waits to read descriptor 7"))
    #expect(report.contains("\"joiner\""))
    #expect(report.contains("waits to join green thread"))
    #expect(log.entries == ["unwound"])
  }

  @Test func `it says who waits for whom, in a circle too, and where they stand`() throws {
    let deadlock = try #require(
      errorThrown {
        try onVirtualTime {
          try withScope { scope in
            var handles: [Handle<Void>] = []
            handles.append(scope.spawn(name: "chicken") { try handles[1].join() })
            handles.append(scope.spawn(name: "egg") { try handles[0].join() })
          }
        }
      } as? Deadlock)
    let report = deadlock.report
    #expect(report.contains("waits to join green thread 5 \"egg\"\n"))
    #expect(report.contains("a circle: 4 \"chicken\" waits for 5 \"egg\" waits for 4"))
    // Where half a second was not enough to name them, frames are addresses.
    let isNamed = report.contains("GreenThreads.Handle.join() throws")
    #expect(isNamed || report.contains("\n      0x"))
  }

  @Test func `it names who holds a lock, also one that has ended, and circles of locks`() async {
    // Taking a lock is no cancellation point: nobody can unwind, and the program ends.
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        let (left, right, lost) = (Lock(label: "left"), Lock(label: "right"), Lock(label: "lost"))
        try withScope { scope in
          scope.spawn(name: "ada") {
            left.lock()
            GreenThread.yield()
            right.lock()
          }
          scope.spawn(name: "eve") { right.withLock { left.lock() } }
          scope.spawn(name: "gone") { lost.lock() }
          scope.spawn(name: "late") { lost.lock() }
        }
      }
    }
    let report = text(result)
    #expect(report.contains("waits for lock \"right\", held by 5 \"eve\""))
    #expect(report.contains("waits for lock \"left\", held by 4 \"ada\""))
    #expect(report.contains("waits for lock \"lost\", held by 6, which has ended"))
    #expect(report.contains("a circle: 4 \"ada\" waits for 5 \"eve\" waits for 4 \"ada\""))
    #expect(report.contains("None of them can be cancelled"))
    #expect(!report.contains("Cancelled, they wait again"))
  }

  @Test func `it names who makes what others wait for`() throws {
    let error = errorThrown {
      try onVirtualTime {
        let (one, two) = (Once<Int>(label: "one"), Once<Int>(label: "two"))
        try withScope { scope in
          scope.spawn(name: "ada") {
            try one.value {
              GreenThread.yield()
              return try two.value { 0 }
            }
          }
          scope.spawn(name: "eve") { try two.value { try one.value { 0 } } }
        }
      }
    }
    let report = (error as? Deadlock)?.report ?? ""
    #expect(report.contains("waits for the once-made value \"two\", held by 5 \"eve\""))
    #expect(report.contains("a circle: 4 \"ada\" waits for 5 \"eve\" waits for 4 \"ada\""))
  }

  @Test func `it is found behind a deadline that has come and could not wake`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        try withTimeout(.seconds(1)) {
          _ = GreenThread.parkThroughCancellation(WakeTicket(), for: ParkReason("for a lock"))
        }
      }
    }
    #expect(text(result).contains("waits for a lock"))
  }

  @Test func `a second one while unwinding ends the program with the report`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        GreenThread.spawn(name: "stubborn") {
          defer {
            withCancellationShield {
              _ = try? GreenThread.park(WakeTicket(), for: ParkReason("once more"))
            }
          }
          try GreenThread.park(WakeTicket(), for: ParkReason("for nobody"))
        }
        try GreenThread.park(WakeTicket(), for: ParkReason("for nobody"))
      }
    }
    #expect(text(result).contains("\"stubborn\""))
    #expect(text(result).contains("Cancelled, they wait again, so the program ends here."))
  }

  @Test func `a sleeper is no deadlock`() throws {
    try onVirtualTime {
      let ticket = WakeTicket()
      GreenThread.spawn {
        try GreenThread.sleep(for: .seconds(3600))
        ticket.wake()
      }
      try GreenThread.park(ticket, for: ParkReason("for an hour"))
    }
  }
}
