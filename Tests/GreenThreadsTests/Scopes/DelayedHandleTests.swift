import TestSupport
import Testing

@testable import GreenThreads

/// What is asked of one that is to begin later, before, at and after its time.
@Suite struct DelayedHandleTests {
  private let noon = Instant(nanoseconds: 12_000)

  @TaskLocal private static var request = 0

  @Test func `until somebody asks for it, it takes a third of a green thread's record`() throws {
    #expect(MemoryLayout<DelayedRecord>.size <= 128)
    #expect(MemoryLayout<ThreadRecord>.size <= 384)
    try onVirtualTime {
      let (_, scheduler) = currentThread(for: "test")
      try withScope { scope in
        let handle = scope.spawn(at: noon) {}
        #expect(!handle.isFinished)
        #expect(handle.thread.delayed?.it.thread == nil)
        #expect(SchedulerSnapshot().threads.map(\.id) == [GreenThread.current.id, handle.id])
        #expect(handle.thread.delayed?.it.thread == nil)
        _ = handle.record
        #expect(handle.thread.delayed?.it.thread != nil)
      }
      #expect(scheduler.it.timers.isEmpty)
    }
  }

  @Test func `a report tells of one that nobody has asked for what it tells of others`() throws {
    try onVirtualTime {
      try GreenThread.sleep(until: Instant(nanoseconds: 2_000))
      try withScope { scope in
        scope.spawn(at: noon) {}
        let line = #line - 1
        scope.spawn(at: noon, name: "asked for") {}
        try GreenThread.sleep(until: Instant(nanoseconds: 5_000))
        let snapshot = SchedulerSnapshot()
        #expect(snapshot.nextDeadline == noon)
        #expect(snapshot.timerCount == 2)
        let threads = snapshot.threads.suffix(2)
        for thread in threads {
          #expect(thread.state == .fresh)
          #expect(thread.reason?.description == "to begin")
          #expect(thread.deadline == noon)
          #expect(thread.age == .microseconds(3))
          #expect(thread.stoppedFor == .microseconds(3))
          #expect(thread.parent == GreenThread.current.id)
          #expect(!thread.isCancelled)
          #expect(thread.waitsFor.isEmpty && thread.stack.isEmpty)
        }
        #expect(threads.first?.spawnSite.hasSuffix("DelayedHandleTests.swift:\(line)") == true)
        #expect(threads.map(\.name) == ["", "asked for"])
        #expect(SchedulerSnapshot(limit: 2).isTruncated)
      }
    }
  }

  @Test func `who is asked for keeps its place among those of its time`() throws {
    for asked in 0..<6 {
      var begun: [Int] = []
      try onVirtualTime {
        try withScope { scope in
          let handles = (0..<6).map { number in
            if number == 3 {
              return scope.spawn {
                try GreenThread.sleep(until: noon)
                begun.append(number)
              }
            }
            let handle = scope.spawn(at: noon) { begun.append(number) }
            if number == 2 { GreenThread.yield() }
            return handle
          }
          GreenThread.yield()
          _ = handles[asked].record
        }
      }
      // The sleeper has set its deadline last: it ran when all others had been spawned.
      #expect(begun == [0, 1, 2, 4, 5, 3])
    }
  }

  @Test func `it is joined before its time, with a limit, and among others`() throws {
    struct Failure: Error {}
    try onVirtualTime {
      try withScope(isolatingFailures: { _ in }) { scope in
        let answer = scope.spawn(at: noon) { "noon" }
        #expect(throws: DeadlineExceeded.self) { try answer.join(within: .microseconds(2)) }
        #expect(Instant.now == Instant(nanoseconds: 2_000))
        try #expect(answer.join(within: .seconds(1)) == "noon")
        #expect(Instant.now == noon)
        #expect(throws: ResourceClosed.self) { try answer.join() }

        let later = (0..<3).map { number in
          scope.spawn(after: .seconds(3 - number)) { number }
        }
        let first = try joinAny(later)
        #expect(first.index == 2 && first.result == 2)
        try #expect(joinAll(Array(later[0..<2])) == [0, 1])

        let silent = (0..<3).map { number in scope.spawn(after: .seconds(1 + number)) {} }
        try #expect(joinAny(silent).index == 0)
        #expect(silent.map(\.isFinished) == [true, false, false])

        let failing = scope.spawn(after: .seconds(1)) { () throws -> Int in throw Failure() }
        #expect(throws: Failure.self) { try failing.join() }
      }
    }
  }

  @Test func `a select takes its end like any other's`() throws {
    try onVirtualTime {
      try withScope { scope in
        let early = scope.spawn(after: .seconds(1)) { "early" }
        let late = scope.spawn(after: .seconds(2)) { "late" }
        let taken = try select(.join(late) { $0 }, .join(early) { $0 })
        #expect(taken == "early")
        try #expect(late.join() == "late")
      }
    }
  }

  @Test func `a handle that is kept names nobody who comes after it`() throws {
    try onVirtualTime {
      try withScope { scope in
        let old = scope.spawn(at: noon) {}
        try GreenThread.sleep(until: noon)
        GreenThread.yield()
        #expect(old.isFinished)
        let new = scope.spawn(after: .seconds(1)) { true }
        // The same memory.
        #expect(old.thread.delayed == new.thread.delayed)
        old.cancel()
        try old.join()
        #expect(Instant.now == noon)
        #expect(old.isFinished && !new.isFinished)
        let hasRun = try new.join()
        #expect(hasRun)
      }
    }
  }

  @Test func `one of a scheduler that has ended has ended`() throws {
    var kept: [Handle<Int>] = []
    try onOwnThread {
      try run(on: VirtualTime()) {
        try withScope { scope in kept.append(scope.spawn(at: noon) { 7 }) }
        kept.append(GreenThread.spawn(at: noon) { 8 })
      }
      let haveEnded = kept.allSatisfy(\.isFinished)
      #expect(haveEnded)
      kept.forEach { $0.cancel() }
      try run(on: VirtualTime()) {
        try withScope { scope in
          let other = scope.spawn(at: noon) { 9 }
          for handle in kept {
            handle.cancel()
            #expect(handle.isFinished)
            #expect(throws: ResourceClosed.self) { try handle.join() }
          }
          try #expect(other.join() == 9)
        }
      }
    }
  }

  @Test func `what it would have used is destroyed once, whether it begins or not`() throws {
    let lifetime = Lifetime()
    let local = GreenThread.Local<Tracked?>(nil)
    try onVirtualTime(taskLocals: .perThread) {
      try withScope { scope in
        for number in 0..<30 {
          let handle = local.withValue(Tracked(lifetime)) {
            Self.$request.withValue(number) {
              let body = Tracked(lifetime)
              return scope.spawn(at: number % 3 == 0 ? .distantFuture : noon) { () -> Tracked? in
                #expect(local.value != nil)
                #expect(Self.request == number)
                return body
              }
            }
          }
          if number % 3 < 2 { handle.cancel() }
        }
        #expect(lifetime.liveCount > 0)
      }
    }
    #expect(lifetime.madeCount == 60)
    #expect(lifetime.liveCount == 0)
  }

  @Test func `with a stack of its own size, or a deadline around, it begins all the same`() throws {
    try onVirtualTime {
      try withScope { scope in
        let deep = scope.spawn(at: noon, stackSize: 4 << 20) {
          // SAFETY: filled before it is read.
          unsafe withUnsafeTemporaryAllocation(byteCount: 2 << 20, alignment: 8) { bytes in
            unsafe bytes.initializeMemory(as: UInt8.self, repeating: 1)
            return unsafe bytes.last
          }
        }
        try #expect(deep.join() == 1)
      }
      #expect(throws: DeadlineExceeded.self) {
        try withTimeout(.seconds(1)) {
          try withScope { scope in
            scope.spawn(after: .seconds(2)) { Issue.record("its time limit has come before") }
          }
        }
      }
      #expect(Instant.now == noon.advanced(by: .seconds(1)))
    }
  }

  @Test func `who has begun, or been asked for, is not counted among those who wait for a time`()
    throws
  {
    try onVirtualTime {
      let (_, scheduler) = currentThread(for: "test")
      try withScope { scope in
        let handles = (0..<6).map { number in
          scope.spawn(at: number < 4 ? noon : .distantFuture) { number }
        }
        #expect(scheduler.it.timedParks == 4)
        handles[1].cancel()
        handles[4].cancel()
        _ = handles[2].record
        _ = handles[5].record
        #expect(scheduler.it.timedParks == 3)
        _ = try handles[2].join()
        GreenThread.yield()
        #expect(scheduler.it.timedParks == 0)
        handles[5].cancel()
      }
      #expect(scheduler.it.timedParks == 0)
    }
  }

  @Test func `to ask for the first that has ended asks for none of the others`() throws {
    try onVirtualTime {
      try withScope { scope in
        let ended = scope.spawn { 1 }
        let later = scope.spawn(at: noon) { 2 }
        GreenThread.yield()
        try #expect(joinAny([later, ended]).index == 1)
        #expect(throws: DeadlineExceeded.self) { try joinAny([later], within: .zero) }
        #expect(later.isStillToBegin)
      }
    }
  }
}
