import GreenThreads
import TestSupport
import Testing

@Suite struct SemaphoreTests {
  @Test func `it lets in as many as it has permits, first come, first served`() throws {
    try onVirtualTime {
      let semaphore = Semaphore(permits: 3)
      var (inside, most) = (0, 0)
      var order: [Int] = []
      try withScope { scope in
        for number in 0..<10 {
          scope.spawn {
            try semaphore.withPermit {
              order.append(number)
              inside += 1
              most = max(most, inside)
              try GreenThread.sleep(for: .seconds(1))
              inside -= 1
            }
          }
        }
      }
      #expect(most == 3)
      #expect(order == Array(0..<10))
      #expect(semaphore.permits == 3)
    }
  }

  @Test func `a released permit goes to who waits, and nobody overtakes`() throws {
    try onVirtualTime {
      let semaphore = Semaphore(permits: 0)
      try withScope { scope in
        let waiter = scope.spawn { try semaphore.acquire() }
        GreenThread.yield()
        semaphore.release()
        #expect(!semaphore.tryAcquire())
        try waiter.join()
        semaphore.release()
        #expect(semaphore.tryAcquire())
      }
    }
  }

  @Test func `a wait that ends otherwise takes no permit`() throws {
    try onVirtualTime {
      let semaphore = Semaphore(permits: 0)
      #expect(throws: DeadlineExceeded.self) { try semaphore.acquire(within: .seconds(1)) }
      #expect(throws: DeadlineExceeded.self) { try semaphore.acquire(within: .zero) }
      #expect(throws: InvalidArgument.self) { try semaphore.acquire(within: .seconds(-1)) }
      try withScope { scope in
        let child = scope.spawn { try semaphore.acquire() }
        GreenThread.yield()
        child.cancel()
        semaphore.release()
        #expect(throws: Cancelled.self) { try child.join() }
        #expect(semaphore.permits == 1)
        let late = scope.spawn {
          try? GreenThread.sleep(for: .seconds(60))
          try semaphore.acquire()
        }
        GreenThread.yield()
        late.cancel()
        #expect(throws: Cancelled.self) { try late.join() }
        #expect(semaphore.permits == 1)
      }
    }
  }
}
