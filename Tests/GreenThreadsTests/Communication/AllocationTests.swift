import GreenThreads
import TestSupport
import Testing

/// Once everything has run once, the fast paths ask for no memory.
@Suite struct AllocationTests {
  /// Counts for a second run, in which nothing is touched for the first time.
  private func count(
    _ name: String, _ body: (Scope) throws -> Void, _ repeated: @escaping () throws -> Void
  ) throws {
    let allocations = try onVirtualTime {
      try withScope { scope in
        try body(scope)
        // So often that the event source is asked in between, which also has a first time.
        for _ in 0..<1000 { try repeated() }
        let count = try allocationCount { for _ in 0..<1000 { try repeated() } }
        scope.cancel()
        return count
      }
    }
    #expect(allocations == 0, "\(name)")
  }

  @Test func `the count sees an allocation`() throws {
    final class Object {}
    var kept: Object?
    let count = allocationCount { kept = Object() }
    #expect(count > 0 || isSanitized)
    #expect(kept != nil)
  }

  @Test func `a yield allocates nothing`() throws {
    try count("yield") { scope in
      scope.spawn { while !GreenThread.isCancelled { GreenThread.yield() } }
    } _: {
      GreenThread.yield()
    }
  }

  @Test func `parking and waking allocates nothing`() throws {
    var ticket: WakeTicket?
    try count("park") { scope in
      scope.spawn {
        while !GreenThread.isCancelled {
          ticket?.wake()
          GreenThread.yield()
        }
      }
    } _: {
      let own = WakeTicket()
      ticket = own
      try GreenThread.park(own, for: ParkReason("for the other"))
    }
  }

  @Test func `handing over a value allocates nothing`() throws {
    let (ping, pong) = (Channel<Int>(), Channel<Int>(.bounded(2)))
    try count("hand-over") { scope in
      scope.spawn { while let number = try ping.receive() { try pong.send(number + 1) } }
    } _: {
      try ping.send(1)
      let answer = try pong.receive()
      precondition(answer == 2)
    }
  }

  @Test func `a lock allocates nothing, free or not`() throws {
    let lock = Lock()
    try count("lock") { scope in
      scope.spawn {
        while !GreenThread.isCancelled { lock.withLock { GreenThread.yield() } }
      }
    } _: {
      lock.lock()
      GreenThread.yield()
      lock.unlock()
    }
  }

  @Test func `semaphores, gates and conditions allocate nothing`() throws {
    let (semaphore, gate, condition) = (Semaphore(permits: 0), Gate(), Condition())
    try count("the others") { scope in
      scope.spawn {
        while !GreenThread.isCancelled {
          semaphore.release()
          GreenThread.yield()
          gate.open()
          gate.close()
          condition.signal()
        }
      }
    } _: {
      try semaphore.acquire()
      try gate.pass()
      try condition.wait()
    }
  }
}
