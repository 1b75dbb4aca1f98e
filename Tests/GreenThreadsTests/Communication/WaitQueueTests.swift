import TestSupport
import Testing

@testable import GreenThreads

/// A wait that only times out, or is cancelled, leaves its queue as it was.
@Suite struct WaitQueueTests {
  private let rounds = 1_000

  private func timeOut(_ wait: (Duration) throws -> Void) {
    for _ in 0..<rounds {
      #expect(throws: DeadlineExceeded.self) { try wait(.nanoseconds(1)) }
    }
  }

  @Test func `of a condition, a gate and a semaphore`() throws {
    try onVirtualTime {
      let (condition, gate, semaphore) = (Condition(), Gate(), Semaphore(permits: 0))
      timeOut { try condition.wait(within: $0) }
      timeOut { try gate.pass(within: $0) }
      timeOut { try semaphore.acquire(within: $0) }
      #expect(condition.queue.it.isEmpty && gate.queue.it.isEmpty && semaphore.queue.it.isEmpty)
    }
  }

  @Test func `of a lock that another holds`() throws {
    try onVirtualTime {
      let lock = Lock()
      try withScope { scope in
        let holder = scope.spawn { try lock.withLock { try GreenThread.sleep(for: .seconds(1)) } }
        GreenThread.yield()
        timeOut { try lock.lock(within: $0) }
        #expect(lock.isLocked && lock.queue.it.isEmpty)
        try holder.join()
      }
    }
  }

  @Test func `of a value that another makes`() throws {
    try onVirtualTime {
      let once = Once<Int>()
      try withScope { scope in
        let maker = scope.spawn {
          try once.value {
            try GreenThread.sleep(for: .seconds(1))
            return 1
          }
        }
        GreenThread.yield()
        timeOut { limit in try withTimeout(limit) { _ = try once.value { 2 } } }
        #expect(once.valueIfMade == nil && once.queue.it.isEmpty)
        let made = try maker.join()
        #expect(made == 1)
      }
    }
  }

  @Test func `of a channel, on both sides, also by select`() throws {
    try onVirtualTime {
      let (empty, full) = (Channel<Int>(), Channel<Int>(.bounded(1)))
      try full.send(0)
      timeOut { _ = try empty.receive(within: $0) }
      timeOut { try full.send(1, within: $0) }
      timeOut { limit in try withTimeout(limit) { _ = try empty.receive() } }
      timeOut { limit in try withTimeout(limit) { try full.send(1) } }
      timeOut { limit in
        try withTimeout(limit) {
          try select(.receive(from: empty) { _ in }, .send(1, to: full) {})
        }
      }
      for state in [empty.state, full.state] {
        #expect(state.it.receivers.isEmpty && state.it.senders.isEmpty)
      }
    }
  }

  @Test func `of a limited scope, whether let in or not`() throws {
    try onVirtualTime {
      try withScope(limit: 1) { limited in
        let admission = try #require(limited.scope.scope.it.admission)
        for _ in 0..<rounds { try limited.spawn { try GreenThread.sleep(for: .nanoseconds(1)) } }
        #expect(admission.waiting.count <= 1)
        try limited.spawn { try GreenThread.sleep(for: .seconds(1)) }
        timeOut { limit in try withTimeout(limit) { _ = try limited.spawn {} } }
        #expect(admission.waiting.count <= 1)
      }
    }
  }

  @Test func `while one waits on, those before and behind that time out leave it alone`() throws {
    try onVirtualTime {
      let gate = Gate()
      try withScope { scope in
        let patient = scope.spawn { try gate.pass() }
        for _ in 0..<rounds { scope.spawn { try? gate.pass(within: .seconds(1)) } }
        GreenThread.yield()
        try GreenThread.sleep(for: .seconds(2))
        var queue = gate.queue.it
        #expect(queue.takeFirst() != nil && queue.isEmpty)
        gate.open()
        try patient.join()
      }
    }
  }
}
