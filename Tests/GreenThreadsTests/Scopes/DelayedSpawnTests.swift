import GreenThreads
import TestSupport
import Testing

@Suite struct DelayedSpawnTests {
  private let noon = Instant(nanoseconds: 12_000)

  @Test func `bodies begin at their times, and the scope waits for them`() throws {
    var begun: [Int] = []
    try onVirtualTime {
      try withScope { scope in
        for number in [5, 1, 4, 2, 3] {
          scope.spawn(after: .seconds(number)) {
            #expect(Instant.now == Instant(nanoseconds: Int64(number) * 1_000_000_000))
            begun.append(number)
          }
        }
        #expect(scope.childCount == 5)
      }
      #expect(Instant.now == Instant(nanoseconds: 5_000_000_000))
    }
    #expect(begun == [1, 2, 3, 4, 5])
  }

  @Test func `those of one time begin in the order in which they were spawned`() throws {
    var begun: [Int] = []
    try onVirtualTime {
      try withScope { scope in
        for number in 0..<1000 { scope.spawn(at: noon) { begun.append(number) } }
      }
    }
    #expect(begun == Array(0..<1000))
  }

  @Test func `one whose time has come stands behind those who wait for their turn`() throws {
    var begun: [String] = []
    try onVirtualTime {
      try GreenThread.sleep(until: noon)
      try withScope { scope in
        scope.spawn { begun.append("now") }
        scope.spawn(at: noon) { begun.append("at noon") }
        scope.spawn(at: .zero) { begun.append("long ago") }
        scope.spawn(after: .zero) { begun.append("at once") }
        scope.spawn(after: .seconds(-1)) { begun.append("before") }
        scope.spawn { begun.append("then") }
      }
      #expect(Instant.now == noon)
    }
    #expect(begun == ["now", "at noon", "long ago", "at once", "before", "then"])
  }

  @Test func `its result, its failure and its waits are those of any other`() throws {
    struct Failure: Error {}
    try onVirtualTime {
      try withScope { scope in
        let answer = scope.spawn(after: .seconds(1)) {
          try GreenThread.sleep(for: .seconds(1))
          return 42
        }
        try #expect(answer.join() == 42)
        #expect(Instant.now == Instant(nanoseconds: 2_000_000_000))
      }
      #expect(throws: Failure.self) {
        try withScope { scope in
          scope.spawn(after: .seconds(1)) { throw Failure() }
          scope.spawn(after: .seconds(2)) { Issue.record("the failure has cancelled it") }
        }
      }
      #expect(Instant.now == Instant(nanoseconds: 3_000_000_000))
    }
  }

  @Test func `until its time it has no stack, and a report says what it waits for`() throws {
    try onVirtualTime {
      try withScope { scope in
        let before = GreenThread.stacksInUse
        for _ in 0..<100 { scope.spawn(at: noon, name: "alarm") {} }
        GreenThread.yield()
        #expect(GreenThread.stacksInUse == before)
        let snapshot = SchedulerSnapshot()
        let alarm = try #require(snapshot.threads.last)
        #expect(alarm.name == "alarm")
        #expect(alarm.state == .fresh)
        #expect(alarm.deadline == noon)
        #expect(alarm.stack.isEmpty)
        #expect(snapshot.timerCount == 100)
        #expect(snapshot.text().contains("\n100 wait to begin\n"))
        #expect(snapshot.text().contains(", waits to begin for 0.0 µs\n"))
      }
    }
  }

  @Test func `cancelled before its time it ends at once, and its body never runs`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      try withScope { scope in
        let tracked = Tracked(lifetime)
        let handle = scope.spawn(at: noon) { Issue.record("it has begun with \(tracked)") }
        let other = scope.spawn(at: noon) { 7 }
        handle.cancel()
        other.cancel()
        #expect(throws: Cancelled.self) { try other.join() }
        #expect(handle.isFinished)
        #expect(SchedulerSnapshot().timerCount == 0)
        #expect(Instant.now == .zero)
        scope.spawn(at: noon) { Issue.record("its scope was cancelled before") }
        scope.cancel()
        scope.spawn(at: noon) { Issue.record("it was spawned into a cancelled scope") }
      }
      #expect(Instant.now == .zero)
    }
    #expect(lifetime.liveCount == 0)
  }

  @Test func `under the root it is cancelled when the body of run returns`() throws {
    try onVirtualTime {
      GreenThread.spawn(at: noon) { Issue.record("run had returned") }
      GreenThread.spawn(after: .seconds(1)) { Issue.record("run had returned") }
    }
  }

  @Test func `it inherits what its spawner had bound when it spawned it`() throws {
    let request = GreenThread.Local(0)
    try onVirtualTime {
      try withScope { scope in
        request.withValue(7) {
          scope.spawn(at: noon) { #expect(request.value == 7) }
        }
      }
    }
  }

  @Test func `one that never begins counts as one whom nothing can wake`() throws {
    let deadlock = #expect(throws: Deadlock.self) {
      try onVirtualTime {
        try withScope { scope in
          scope.spawn(after: .seconds(1)) {}
          scope.spawn(at: noon) {}.cancel()
          scope.spawn(at: .distantFuture) {}.cancel()
          scope.spawn(at: .distantFuture, name: "alarm") {}
        }
      }
    }
    #expect(deadlock?.report.contains("nothing can wake any of 2 green threads") == true)
    #expect(deadlock?.report.contains("waits to begin") == true)
  }

  @Test func `no seed changes the order of the times`() throws {
    try runUnderSeeds(0..<20) {
      var begun: [Int] = []
      try withScope { scope in
        for number in [3, 1, 2] { scope.spawn(after: .seconds(number)) { begun.append(number) } }
      }
      #expect(begun == [1, 2, 3])
    }
  }

  @Test func `a trace tells of its wait`() throws {
    let events = try onVirtualTime {
      EventTrace.begin()
      try withScope { scope in _ = scope.spawn(at: noon) {} }
      return EventTrace().events
    }
    let child = events.first { $0.kind == .spawn }?.thread
    let own = events.filter { $0.thread == child }
    #expect(own.map(\.kind) == [.spawn, .park, .timer, .wake, .end])
    #expect(own.map(\.time) == [.zero, .zero, noon, noon, noon])
    try #require(own.count == 5)
    #expect(own[1].reason?.description == "to begin")
    #expect(own[3].cause == .deadline)
  }

  @Test func `one that is spawned while many of its instant are still to begin comes after them`()
    throws
  {
    var begun: [Int] = []
    try onVirtualTime {
      try withScope { scope in
        for number in 0..<1000 {
          scope.spawn(at: noon) {
            begun.append(number)
            if number == 0 { scope.spawn(at: noon) { begun.append(1000) } }
          }
        }
      }
    }
    #expect(begun == Array(0...1000))
  }

  @Test func `a clock that is moved by hand wakes who parks behind it, whoever else may come`()
    throws
  {
    let time = VirtualTime(.byHand)
    try run(on: time) {
      // Somebody on another OS thread could bring work.
      let door = RemoteHandle()
      try withScope { scope in
        let child = scope.spawn(after: .seconds(1)) { true }
        GreenThread.yield()
        time.advance(by: .seconds(1))
        let hasRun = try child.join()
        #expect(hasRun)
      }
      withExtendedLifetime(door) {}
    }
  }

  @Test func `the distant future does not come, however far a clock is moved`() throws {
    let time = VirtualTime()
    try run(on: time) {
      time.advance(by: .seconds(Int64.max))
      #expect(Instant.now < .distantFuture)
      try withScope { scope in
        let never = scope.spawn(at: .distantFuture) { Issue.record("it has come") }
        GreenThread.yield()
        never.cancel()
      }
      try withTimeout(.seconds(60)) {
        time.advance(by: .seconds(120))
        GreenThread.yield()
      }
    }
  }
}
