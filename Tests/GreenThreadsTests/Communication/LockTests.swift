import GreenThreads
import TestSupport
import Testing

@Suite struct LockTests {
  @Test func `it is handed on first come, first served, and nobody overtakes`() throws {
    var order: [Int] = []
    try onVirtualTime {
      let lock = Lock()
      try withScope { scope in
        lock.lock()
        for number in 0..<5 {
          scope.spawn {
            lock.withLock {
              order.append(number)
              GreenThread.yield()
            }
          }
        }
        GreenThread.yield()
        lock.unlock()
        // It belongs to the first that waits, who has not run yet.
        #expect(lock.isLocked)
        #expect(!lock.tryLock())
        lock.lock()
        order.append(5)
        lock.unlock()
        #expect(!lock.isLocked)
      }
    }
    #expect(order == [0, 1, 2, 3, 4, 5])
  }

  @Test func `a thousand wait for one that sleeps, and each has it alone`() throws {
    for seed in 0..<3 as Range<UInt64> {
      try onVirtualTime(order: .seeded(seed)) {
        let lock = Lock()
        var (inside, entered) = (0, 0)
        try withScope { scope in
          for number in 0..<1000 {
            scope.spawn {
              try lock.withLock {
                inside += 1
                #expect(inside == 1)
                if number % 100 == 0 { try GreenThread.sleep(for: .milliseconds(100)) }
                inside -= 1
                entered += 1
              }
            }
          }
        }
        #expect(entered == 1000)
      }
    }
  }

  @Test func `taking it is no cancellation point`() throws {
    try onVirtualTime {
      let lock = Lock()
      var entered = false
      try withScope { scope in
        lock.lock()
        let child = scope.spawn {
          lock.withLock { entered = true }
          try GreenThread.checkCancellation()
        }
        GreenThread.yield()
        child.cancel()
        try GreenThread.sleep(for: .seconds(1))
        #expect(!child.isFinished)
        lock.unlock()
        #expect(throws: Cancelled.self) { try child.join() }
      }
      #expect(entered)
    }
  }

  @Test func `a cancellation after a wait for it is seen at the next park`() throws {
    try onVirtualTime {
      let lock = Lock()
      try withScope { scope in
        lock.lock()
        let child = scope.spawn {
          lock.lock()
          defer { lock.unlock() }
          try GreenThread.sleep(for: .seconds(10))
        }
        GreenThread.yield()
        lock.unlock()
        try GreenThread.sleep(for: .seconds(1))
        child.cancel()
        #expect(throws: Cancelled.self) { try child.join() }
        #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
        #expect(!lock.isLocked)
      }
    }
  }

  @Test func `a wait with a timeout gives up, and the lock passes it by`() throws {
    try onVirtualTime {
      let lock = Lock()
      try withScope { scope in
        lock.lock()
        let late = scope.spawn {
          #expect(throws: DeadlineExceeded.self) { try lock.lock(within: .seconds(1)) }
          #expect(throws: DeadlineExceeded.self) { try lock.lock(within: .zero) }
          #expect(throws: InvalidArgument.self) { try lock.lock(within: .seconds(-1)) }
        }
        let patient = scope.spawn {
          try lock.lock(within: .seconds(5))
          lock.unlock()
        }
        try GreenThread.sleep(for: .seconds(2))
        lock.unlock()
        try late.join()
        try patient.join()
        #expect(!lock.isLocked)
        try lock.lock(within: .zero)
        lock.unlock()
      }
    }
  }

  @Test func `an outer deadline does not end the wait for it`() throws {
    try onVirtualTime {
      let lock = Lock()
      try withScope(isolatingFailures: { _ in }) { scope in
        lock.lock()
        let child = scope.spawn {
          try withTimeout(.seconds(1)) {
            lock.withLock {}
            try GreenThread.checkCancellation()
            return true
          }
        }
        try GreenThread.sleep(for: .seconds(3))
        lock.unlock()
        #expect(throws: DeadlineExceeded.self) { _ = try child.join() }
      }
    }
  }

  @Test func `taking it twice traps`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        let lock = Lock(label: "table")
        lock.lock()
        lock.lock()
      }
    }
    #expect(text(result).contains("lock \"table\" was taken by the green thread that holds it"))
  }

  @Test func `unlocking what another green thread holds traps`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        let lock = Lock(label: "table")
        GreenThread.spawn { lock.lock() }
        GreenThread.yield()
        lock.unlock()
      }
    }
    #expect(text(result).contains("lock \"table\" was unlocked by a green thread that does not"))
  }

  @Test func `the report of a wait that cannot end names it`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        let lock = Lock(label: "table")
        GreenThread.spawn { lock.lock() }
        GreenThread.yield()
        lock.lock()
      }
    }
    #expect(text(result).contains("waits for lock \"table\""))
  }
}
