import CoreShift
import Drift
import Glibc
import GreenThreads
import Synchronization
import TestSupport
import Testing

@Suite struct OffloadTests {
  @Test func `runs on another OS thread and returns what the body returns`() throws {
    try onDrift {
      let here = pthread_self()
      let there = try offload { pthread_self() }
      #expect(there != here)
    }
  }

  @Test func `throws what the body throws`() throws {
    try onDrift {
      let error = errorThrown { try offload { throw Broken(number: 7) } }
      #expect(error as? Broken == Broken(number: 7))
    }
  }

  @Test func `hands over a value that cannot be copied`() throws {
    try onDrift {
      let descriptor = try offload { try Fd(opening: "/dev/null", for: .reading) }
      #expect(descriptor.rawValue >= 0)
    }
  }

  @Test func `lets others run while the body blocks`() throws {
    try onDrift {
      let gate = OSGate()
      let log = EventLog()
      try withScope { scope in
        scope.spawn {
          try offload { gate.wait() }
          log.note("work")
        }
        scope.spawn {
          try GreenThread.sleep(for: .milliseconds(20))
          log.note("sleeper")
          gate.open()
        }
      }
      #expect(log.entries == ["sleeper", "work"])
    }
  }

  @Test func `runs no more bodies at a time than it has workers`() throws {
    let running = Atomic(0)
    let most = Atomic(0)
    try onDrift(offloading: OffloadLimits(workers: 2, waiting: 8)) {
      try withScope { scope in
        for _ in 0..<10 {
          scope.spawn {
            try offload {
              let now = running.add(1, ordering: .sequentiallyConsistent).newValue
              most.max(now, ordering: .sequentiallyConsistent)
              usleep(1000)
              running.subtract(1, ordering: .sequentiallyConsistent)
            }
          }
        }
      }
    }
    let atOnce = most.load(ordering: .sequentiallyConsistent)
    #expect(atOnce <= 2)
  }

  @Test func `a worker runs bodies in the order of their calls`() throws {
    let order = Guarded<[Int]>([])
    try onDrift(offloading: OffloadLimits(workers: 1)) {
      try withScope { scope in
        for number in 0..<50 {
          scope.spawn { try offload { order.withLock { $0.append(number) } } }
        }
      }
    }
    #expect(order.withLock { $0 } == Array(0..<50))
  }

  @Test func `refuses work when all workers are busy and no more may wait`() throws {
    try onDrift(offloading: OffloadLimits(workers: 1, waiting: 1)) {
      let gate = OSGate()
      try withScope { scope in
        for _ in 0..<2 { scope.spawn { try offload { gate.wait() } } }
        GreenThread.yield()
        let refusal = errorThrown { try offload { _ = Issue.record("this must not run") } }
        #expect(refusal is ResourceBusy)
        let patient = scope.spawn { try offload("patient", whenFull: .waits) { 42 } }
        GreenThread.yield()
        gate.open()
        let answer = try patient.join()
        #expect(answer == 42)
      }
    }
  }

  @Test func `unless told otherwise four run, sixty-four wait, and one more is refused`() throws {
    let done = Atomic(0)
    try onDrift {
      let gate = OSGate()
      try withScope { scope in
        for _ in 0..<68 {
          scope.spawn {
            try offload {
              gate.wait()
              done.add(1, ordering: .relaxed)
            }
          }
        }
        GreenThread.yield()
        // The scheduler counts what it has handed out; who has begun is for the workers to say.
        let counts = SchedulerSnapshot().observations.filter { $0.name.hasPrefix("blocking") }
        #expect(counts.reduce(0) { $0 + $1.count } == 68)
        let refusal = errorThrown {
          try withTimeout(.seconds(20)) {
            try offload { _ = Issue.record("this must not run") }
          }
        }
        #expect(refusal is ResourceBusy)
        gate.open()
      }
    }
    #expect(done.load(ordering: .relaxed) == 68)
  }

  @Test func `work that waits however many there are leaves room for what can be refused`() throws {
    try onDrift(offloading: OffloadLimits(workers: 2, waiting: 1)) {
      let gate = OSGate()
      try withScope { scope in
        for _ in 0..<9 { scope.spawn { try offload(whenFull: .waits) { gate.wait() } } }
        GreenThread.yield()
        let first = scope.spawn { try offload { 1 } }
        GreenThread.yield()
        let refusal = errorThrown { try offload { _ = Issue.record("this must not run") } }
        #expect(refusal is ResourceBusy)
        first.cancel()
        #expect(throws: Cancelled.self) { try first.join() }
        let second = scope.spawn { try offload { 2 } }
        GreenThread.yield()
        gate.open()
        let answer = try second.join()
        #expect(answer == 2)
      }
    }
  }

  @Test func `a name is cut to 32 bytes between characters`() throws {
    try onDrift {
      let gate = OSGate()
      let name = String(repeating: "ä", count: 15) + "x€nd"
      try withScope { scope in
        scope.spawn { try offload(name) { gate.wait() } }
        let kept = String(repeating: "ä", count: 15) + "x"
        while !threads.contains(where: { $0.activity == kept }) {
          try GreenThread.sleep(for: .milliseconds(1))
        }
        gate.open()
      }
    }
  }

  @Test func `a snapshot names the waiting green thread, the work and the OS thread`() throws {
    try onDrift {
      let gate = OSGate()
      try withScope { scope in
        scope.spawn(name: "asker") { try offload("slow thing") { gate.wait() } }
        GreenThread.yield()
        while !threads.contains(where: { $0.activity == "slow thing" }) {
          try GreenThread.sleep(for: .milliseconds(1))
        }
        let snapshot = SchedulerSnapshot()
        let asker = snapshot.threads.first { $0.name == "asker" }
        #expect(asker?.reason?.kind == "for blocking work")
        #expect(snapshot.observations.contains { $0 == ("blocking work that runs", 1) })
        #expect(snapshot.text().contains("to run blocking work: slow thing"))
        #expect(snapshot.json().contains("\"activity\":\"slow thing\""))
        gate.open()
      }
    }
  }

  @Test func `all signals are blocked in a worker`() throws {
    try onDrift {
      let blocked = try offload {
        var mask = sigset_t()
        unsafe pthread_sigmask(SIG_SETMASK, nil, &mask)
        return [SIGTERM, SIGINT, SIGURG, SIGCHLD, SIGUSR1].allSatisfy {
          unsafe sigismember(&mask, $0) == 1
        }
      }
      #expect(blocked)
    }
  }

  @Test func `work in the pool is no deadlock, and afterwards a deadlock is still seen`() throws {
    let error = errorThrown {
      try onDrift {
        _ = try offload { usleep(20_000) }
        try Channel<Int>().send(1)
      }
    }
    #expect(error is Deadlock)
  }

  @Test func `a pool is started at its first use and leaves nothing behind`() throws {
    try withOwnDescriptors {
      let before = try DescriptorCensus()
      for round in 0..<1000 {
        try Drift.run {
          if round % 2 == 0 { try offload {} }
        }
      }
      let leaked = try DescriptorCensus().opened(since: before)
      #expect(leaked == [])
    }
  }

  @Test func `whoever lists OS threads is never the last to hold a pool's descriptor`() throws {
    let isOver = Atomic(false)
    // Its table of descriptors is another one: what it closed would stay open in the pool's.
    let lister = HelperThread { while !isOver.load(ordering: .relaxed) { _ = OwnedThread.all } }
    defer {
      isOver.store(true, ordering: .relaxed)
      lister.join()
    }
    try withOwnDescriptors {
      let before = try DescriptorCensus()
      for _ in 0..<300 { try Drift.run { try offload {} } }
      #expect(try DescriptorCensus().opened(since: before) == [])
    }
  }

  @Test func `limits that no pool can have are refused`() throws {
    for limits in [
      OffloadLimits(workers: 0), OffloadLimits(workers: 257), OffloadLimits(waiting: -1),
      OffloadLimits(endBudget: .seconds(-1)),
    ] {
      #expect(throws: InvalidArgument.self) { try onDrift(offloading: limits) {} }
    }
  }

  @Test func `any number of bodies may wait`() throws {
    try onDrift(offloading: OffloadLimits(waiting: .max)) {
      let number = try offload { 7 }
      #expect(number == 7)
    }
  }
}

struct Broken: Error, Equatable {
  let number: Int
}
