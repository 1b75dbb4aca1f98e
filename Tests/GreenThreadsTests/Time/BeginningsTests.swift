import TestSupport
import Testing

@testable import GreenThreads

/// So many that most of them are kept apart from the heap.
@Suite struct BeginningsTests {
  private static let many = isSanitized ? 3 * Beginnings.many : 20 * Beginnings.many

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func `from nanoseconds to centuries away they begin in order, cancelled or asked for or not`(
    seed: UInt64
  ) throws {
    var random = SplitMix(seed: seed)
    var begun: [Int] = []
    var starts: [Instant] = []
    var isCancelled: [Bool] = []
    try onVirtualTime {
      try withScope { scope in
        var handles: [Handle<Void>] = []
        for number in 0..<Self.many {
          let scale = random.next() % 63
          let start = Instant(nanoseconds: Int64(random.next() >> (64 - scale)) & ~3)
          starts.append(start)
          handles.append(
            scope.spawn(at: start) {
              if Instant.now != start { Issue.record("not at its time") }
              begun.append(number)
            })
          isCancelled.append(random.next() % 4 == 0)
          if random.next() % 8 == 0 { _ = handles[number].record }
        }
        for (handle, isCancelled) in zip(handles, isCancelled) where isCancelled { handle.cancel() }
      }
    }
    let expected = starts.indices.filter { !isCancelled[$0] && starts[$0] > .zero }
      .sorted { (starts[$0], $0) < (starts[$1], $1) }
    #expect(begun.filter { starts[$0] > .zero } == expected)
  }

  @Test func `those that spawn the next go on for minutes, each at its times`() throws {
    let length = Instant(nanoseconds: 40_000_000_000)
    var random = SplitMix(seed: 7)
    var last = Instant.zero
    var count = 0
    var expected = 0
    try onVirtualTime {
      try withScope { scope in
        // By name, since a closure cannot refer to itself.
        func beat(every period: Duration, at start: Instant) {
          scope.spawn(at: start) {
            if Instant.now != start || start < last { Issue.record("out of order") }
            last = start
            count += 1
            let next = start.advanced(by: period)
            if next <= length { beat(every: period, at: next) }
          }
        }
        for _ in 0..<2 * Beginnings.many {
          let period = 1_000_000_000 + Int64(random.next() % 9_000_000_000)
          expected += Int(length.nanoseconds / period)
          beat(every: .nanoseconds(period), at: Instant(nanoseconds: period))
        }
      }
    }
    #expect(count == expected)
  }

  @Test func `of one time and many they begin in the order in which they were spawned`() throws {
    var begun: [Int] = []
    try onVirtualTime {
      try withScope { scope in
        for number in 0..<Self.many {
          scope.spawn(after: .seconds(60 + number % 3)) { begun.append(number) }
        }
      }
    }
    #expect(begun == (0..<Self.many).sorted { ($0 % 3, $0) < ($1 % 3, $1) })
  }

  @Test func `one that comes before all that are kept apart begins before them`() throws {
    var begun: [Int] = []
    try onVirtualTime {
      try withScope { scope in
        for number in 0..<2 * Beginnings.many {
          scope.spawn(after: .seconds(100 + number)) { begun.append(number) }
        }
        try GreenThread.sleep(for: .seconds(1))
        scope.spawn(after: .seconds(1)) { begun.append(-1) }
        scope.spawn(after: .seconds(99)) { begun.append(-2) }
        #expect(SchedulerSnapshot(limit: 10).nextDeadline == Instant(nanoseconds: 2_000_000_000))
        #expect(SchedulerSnapshot(limit: 10).timerCount == 2 * Beginnings.many + 2)
      }
    }
    #expect(begun.prefix(3) == [-1, 0, -2])
    #expect(begun.count == 2 * Beginnings.many + 2)
  }

  @Test func `the memory of those that are cancelled is used again, however late they were`() throws
  {
    let lifetime = Lifetime()
    var addresses: Set<UInt> = []
    try onVirtualTime {
      try withScope { scope in
        let hour = Duration.seconds(3600)
        let kept = (0..<2 * Beginnings.many).map { _ in scope.spawn(after: hour) {} }
        for _ in 0..<Self.many {
          let tracked = Tracked(lifetime)
          let handle = scope.spawn(after: hour * 2) { () -> Void in
            Issue.record("it was cancelled: \(tracked)")
          }
          unsafe addresses.insert(UInt(bitPattern: handle.thread.address))
          handle.cancel()
          GreenThread.yield()
        }
        #expect(SchedulerSnapshot(limit: 10).timerCount == kept.count)
        #expect(lifetime.liveCount == 0)
        kept.forEach { $0.cancel() }
      }
      #expect(Instant.now == .zero)
    }
    // Never more than as many as wait, and at least `many`.
    #expect(addresses.count <= 3 * Beginnings.many)
    #expect(lifetime.madeCount == Self.many)
  }

  @Test func `a scheduler that ends with many leaves its memory to the next one`() throws {
    try onOwnThread {
      for _ in 0..<3 {
        try run(on: VirtualTime()) {
          for number in 0..<2 * Beginnings.many {
            GreenThread.spawn(after: .seconds(1 + number)) { Issue.record("run had returned") }
          }
        }
      }
    }
  }

  @Test(arguments: [1, 100, 2 * Beginnings.many])
  func `a few that begin in an hour do not bring all that are spawned later into the heap`(
    lateCount: Int
  ) throws {
    try onVirtualTime {
      let (_, scheduler) = currentThread(for: "test")
      var random = SplitMix(seed: 3)
      try withScope { scope in
        func spawnMany() {
          for _ in 0..<Self.many {
            scope.spawn(after: .nanoseconds(Int64(random.next() % 1_000_000_000))) {}
          }
        }
        for number in 0..<lateCount { scope.spawn(after: .seconds(3600 + number)) {} }
        spawnMany()
        #expect(scheduler.it.timers.beginnings.countInHeap <= Beginnings.many + 1)
        #expect(SchedulerSnapshot(limit: 10).timerCount == lateCount + Self.many)
        try GreenThread.sleep(for: .seconds(2))
        // Now all that there are begin in an hour.
        #expect(SchedulerSnapshot(limit: 10).timerCount == lateCount)
        spawnMany()
        #expect(scheduler.it.timers.beginnings.countInHeap <= Beginnings.many + 1)
        scope.cancel()
      }
    }
  }

  @Test func `after many of one tick those of many ticks are kept apart again`() throws {
    try onVirtualTime {
      let (_, scheduler) = currentThread(for: "test")
      try withScope { scope in
        for _ in 0..<4 * Beginnings.many { scope.spawn(after: .seconds(1)) {} }
        #expect(scheduler.it.timers.beginnings.countInHeap == 4 * Beginnings.many)
        try GreenThread.sleep(for: .seconds(2))
        for number in 0..<4 * Beginnings.many { scope.spawn(after: .milliseconds(number)) {} }
        #expect(scheduler.it.timers.beginnings.countInHeap <= Beginnings.many + 1)
      }
    }
  }
}
