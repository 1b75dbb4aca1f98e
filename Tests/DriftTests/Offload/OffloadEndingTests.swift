import CoreShift
import Drift
import Glibc
import GreenThreads
import Synchronization
import TestSupport
import Testing

@Suite struct OffloadEndingTests {
  @Test func `a caller that is cancelled already runs nothing`() throws {
    try onDrift {
      try withScope { scope in
        let handle = scope.spawn {
          // Cancelled here, and not before it has begun.
          GreenThread.yield()
          try offload { _ = Issue.record("this must not run") }
        }
        GreenThread.yield()
        handle.cancel()
        #expect(throws: Cancelled.self) { try handle.join() }
      }
      let counted = SchedulerSnapshot().observations.map(\.name)
      #expect(!counted.contains("blocking work that runs"), "not even a pool was made")
    }
  }

  @Test func `the end of run waits two seconds for work, unless told otherwise`() {
    #expect(OffloadLimits().endBudget == .seconds(2))
  }

  @Test func `work that has not begun is taken back when its caller is cancelled`() throws {
    let lifetime = Lifetime()
    let hasRun = Atomic(false)
    try onDrift(offloading: OffloadLimits(workers: 1)) {
      let gate = OSGate()
      let busy = GreenThread.spawn { try offload { gate.wait() } }
      GreenThread.yield()
      let tracked = Tracked(lifetime)
      let error = errorThrown {
        try withTimeout(.milliseconds(10)) {
          try offload { [tracked] in
            _ = tracked
            hasRun.store(true, ordering: .relaxed)
          }
        }
      }
      #expect(error is DeadlineExceeded)
      gate.open()
      try busy.join()
      // The worker is free: what it had been given after the other would have run before this.
      try offload {}
    }
    let ran = hasRun.load(ordering: .relaxed)
    #expect(!ran)
    #expect(lifetime.liveCount == 0)
  }

  @Test func `a caller that leaves gets Cancelled, and the value is destroyed once`() throws {
    let lifetime = Lifetime()
    try onDrift(offloading: OffloadLimits(workers: 1)) {
      let gate = OSGate()
      try withScope { scope in
        let leaver = scope.spawn {
          _ = try offload("what is left") {
            gate.wait()
            return Tracked(lifetime)
          }
        }
        while !threads.contains(where: { $0.activity == "what is left" }) {
          try GreenThread.sleep(for: .milliseconds(1))
        }
        leaver.cancel()
        #expect(throws: Cancelled.self) { try leaver.join() }
        #expect(lifetime.madeCount == 0)
        gate.open()
        // Behind it on the only worker.
        try offload {}
        #expect(lifetime.madeCount == 1)
      }
    }
    #expect(lifetime.liveCount == 0)
  }

  @Test func `who waits for the end gets the outcome in spite of a cancellation`() throws {
    try onDrift {
      let gate = OSGate()
      let log = EventLog()
      try withScope { scope in
        let patient = scope.spawn {
          let value = try offload("patient work", whenCancelled: .waitsForEnd) {
            gate.wait()
            return 42
          }
          log.note("value \(value)")
          try GreenThread.checkCancellation()
        }
        while !threads.contains(where: { $0.activity == "patient work" }) {
          try GreenThread.sleep(for: .milliseconds(1))
        }
        patient.cancel()
        try GreenThread.sleep(for: .milliseconds(5))
        log.note("opened")
        gate.open()
        #expect(throws: Cancelled.self) { try patient.join() }
      }
      #expect(log.entries == ["opened", "value 42"])
    }
  }

  @Test func `what the body captures is gone when the caller goes on`() throws {
    let lifetime = Lifetime()
    try onDrift {
      for _ in 0..<50 {
        let tracked = Tracked(lifetime)
        try offload { [tracked] in _ = tracked.number }
      }
    }
    #expect(lifetime.madeCount == 50)
    #expect(lifetime.liveCount == 0)
  }

  @Test func `the end of run waits for work whose caller has left`() throws {
    let hasEnded = Atomic(false)
    try onDrift(offloading: OffloadLimits(endBudget: .seconds(20))) {
      GreenThread.spawn {
        try offload("left alone") {
          usleep(50_000)
          hasEnded.store(true, ordering: .sequentiallyConsistent)
        }
      }
      while !threads.contains(where: { $0.activity == "left alone" }) {
        try GreenThread.sleep(for: .milliseconds(1))
      }
    }
    let ended = hasEnded.load(ordering: .sequentiallyConsistent)
    #expect(ended)
  }

  @Test func `work that outlasts the budget is reported, and listed until it ends`() throws {
    let gate = OSGate()
    let reported = Guarded<[AbandonedWork]>([])
    let limits = OffloadLimits(endBudget: .milliseconds(50)) { work in
      reported.withLock { $0.append(work) }
    }
    try onDrift(offloading: limits) {
      GreenThread.spawn { try offload("stuck for good") { gate.wait() } }
      while !threads.contains(where: { $0.activity == "stuck for good" }) {
        try GreenThread.sleep(for: .milliseconds(1))
      }
    }
    #expect(reported.withLock { $0.map(\.name) } == ["stuck for good"])
    #expect(threads.contains { $0.activity == "stuck for good" })
    gate.open()
    let start = ContinuousClock.now
    while threads.contains(where: { $0.activity == "stuck for good" }) {
      try #require(start.duration(to: .now) < .seconds(20))
    }
  }
}
