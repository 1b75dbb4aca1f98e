import GreenThreads
import TestSupport
import Testing

@Suite struct ConditionTests {
  @Test func `signal wakes the one that has waited longest, signalAll the rest`() throws {
    var woken: [Int] = []
    try onVirtualTime {
      let condition = Condition()
      try withScope { scope in
        for number in 0..<4 {
          scope.spawn {
            try condition.wait()
            woken.append(number)
          }
        }
        condition.signal()  // nobody waits yet: it is not kept
        GreenThread.yield()
        condition.signal()
        GreenThread.yield()
        #expect(woken == [0])
        condition.signalAll()
      }
    }
    #expect(woken == [0, 1, 2, 3])
  }

  @Test func `the lock is given up meanwhile and held again afterwards`() throws {
    try onVirtualTime {
      let (lock, condition) = (Lock(), Condition())
      var isReady = false
      try withScope { scope in
        let waiter = scope.spawn {
          try lock.withLock {
            while !isReady { try condition.wait(releasing: lock) }
            #expect(lock.isLocked)
          }
        }
        GreenThread.yield()
        lock.withLock {
          isReady = true
          condition.signal()
          GreenThread.yield()
        }
        try waiter.join()
        #expect(!lock.isLocked)
      }
    }
  }

  @Test func `cancelled, it holds the lock while it unwinds`() throws {
    try onVirtualTime {
      let (lock, condition) = (Lock(), Condition())
      try withScope { scope in
        let waiter = scope.spawn {
          lock.lock()
          defer { lock.unlock() }
          try condition.wait(releasing: lock)
        }
        GreenThread.yield()
        #expect(!lock.isLocked)
        waiter.cancel()
        #expect(throws: Cancelled.self) { try waiter.join() }
        #expect(!lock.isLocked)
      }
    }
  }

  @Test func `a deadline that has passed does not wait, a later one ends the wait`() throws {
    try onVirtualTime {
      let (lock, condition) = (Lock(), Condition())
      try GreenThread.sleep(for: .seconds(1))
      lock.lock()
      #expect(throws: DeadlineExceeded.self) {
        try condition.wait(releasing: lock, until: Instant(nanoseconds: 5))
      }
      #expect(throws: DeadlineExceeded.self) {
        try condition.wait(releasing: lock, within: .seconds(2))
      }
      #expect(throws: InvalidArgument.self) { try condition.wait(within: .seconds(-2)) }
      #expect(Instant.now == Instant(nanoseconds: 3_000_000_000))
      lock.unlock()
    }
  }

  @Test func `closing ends the waits there are and those to come`() throws {
    try onVirtualTime {
      let condition = Condition(label: "news")
      try withScope { scope in
        let waiters = (0..<3).map { _ in
          scope.spawn { errorThrown { try condition.wait() } as? ResourceClosed }
        }
        GreenThread.yield()
        condition.close()
        for waiter in waiters {
          let error = try waiter.join()
          #expect(error == ResourceClosed("condition \"news\""))
        }
        // Closed outranks late.
        #expect(throws: ResourceClosed.self) { try condition.wait(within: .zero) }
      }
    }
  }

  @Test func `waits that only time out leave nothing behind`() throws {
    let condition = Condition()
    try onVirtualTime {
      var late = 0
      for _ in 0..<1000 {
        if errorThrown(by: { try condition.wait(within: .nanoseconds(1)) }) is DeadlineExceeded {
          late += 1
        }
      }
      #expect(late == 1000)
      try withScope { scope in
        scope.spawn { try condition.wait(within: .seconds(1)) }
        GreenThread.yield()
        condition.signal()
      }
    }
  }

  @Test func `a signal that meets a cancellation is not lost`() throws {
    try onVirtualTime {
      let condition = Condition()
      try withScope { scope in
        let first = scope.spawn { try condition.wait() }
        let second = scope.spawn { try condition.wait() }
        GreenThread.yield()
        first.cancel()
        condition.signal()  // the first is woken already, so it is for the second
        #expect(throws: Cancelled.self) { try first.join() }
        try second.join()
      }
    }
  }
}
