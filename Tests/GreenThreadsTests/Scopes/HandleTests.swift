import GreenThreads
import TestSupport
import Testing

private struct Broken: Error, Equatable {
  var number = 0
}

@Suite struct HandleTests {
  @Test func `a join returns the result, before and after the end`() throws {
    let results = try onVirtualTime {
      try withScope { scope in
        let early = scope.spawn { 1 }
        let first = try early.join()
        let late = scope.spawn { 2 }
        GreenThread.yield()
        return (first, late.isFinished, try late.join())
      }
    }
    #expect(results == (1, true, 2))
  }

  @Test func `a join rethrows what the body threw, as itself`() throws {
    let caught = try onVirtualTime {
      try withScope(isolatingFailures: { _ in }) { scope in
        let failing = scope.spawn { () -> Int in throw Broken(number: 7) }
        do { return try failing.join() } catch let error as Broken { return error.number }
      }
    }
    #expect(caught == 7)
  }

  @Test func `a second join finds the handle closed`() throws {
    try onVirtualTime {
      try withScope(isolatingFailures: { _ in }) { scope in
        let value = scope.spawn { 1 }
        _ = try value.join()
        #expect(throws: ResourceClosed.self) { try value.join() }
        let failing = scope.spawn { () -> Int in throw Broken() }
        #expect(throws: Broken.self) { try failing.join() }
        #expect(throws: ResourceClosed.self) { try failing.join() }
      }
    }
  }

  @Test func `a join of one without a value only waits where failures are isolated`() throws {
    try onVirtualTime {
      try withScope(isolatingFailures: { _ in }) { scope in
        let failing = scope.spawn {
          try GreenThread.sleep(for: .seconds(1))
          throw Broken()
        }
        try failing.join()
        let cancelled = scope.spawn { try GreenThread.sleep(for: .seconds(60)) }
        scope.spawn { cancelled.cancel() }
        try cancelled.join()
        #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
      }
    }
  }

  @Test func `a second join makes up no value of a type that () could be`() throws {
    try onVirtualTime {
      try withScope(isolatingFailures: { _ in }) { scope in
        let any = scope.spawn { () throws -> any Sendable in throw Broken() }
        #expect(throws: Broken.self) { try any.join() }
        #expect(throws: ResourceClosed.self) { try any.join() }
        let optional = scope.spawn { () -> Void? in nil }
        let result: Void? = try optional.join()
        #expect(result == nil)
        #expect(throws: ResourceClosed.self) { try optional.join() }
      }
    }
  }

  @Test func `a second join of one that has succeeded without a value returns again`() throws {
    try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn {}
        try child.join()
        try child.join()
        // Also when others have had its record since.
        for _ in 0..<100 { try scope.spawn {}.join() }
        try child.join()
        #expect(child.isFinished)
      }
    }
  }

  @Test func `a second waiter is busy at once and does not disturb the first`() throws {
    try onVirtualTime {
      try withScope { scope in
        let slow = scope.spawn { () -> Int in
          try GreenThread.sleep(for: .seconds(1))
          return 5
        }
        let first = scope.spawn(name: "first") { try slow.join() }
        GreenThread.yield()
        let refusal = #expect(throws: ResourceBusy.self) { try slow.join() }
        #expect(refusal?.holder.contains("first") == true)
        let value5 = try first.join()
        #expect(value5 == 5)
      }
    }
  }

  @Test func `who waits first gets the result, also from one who comes before it runs`() throws {
    try onVirtualTime {
      try withScope { scope in
        let door = scope.spawn { () -> Int in
          try GreenThread.sleep(for: .seconds(1))
          return 5
        }
        // Runs between the end of `door` and the turn of `first`.
        let thief = scope.spawn {
          while !door.isFinished { try GreenThread.sleep(for: .milliseconds(1)) }
          #expect(throws: ResourceBusy.self) { try door.join() }
        }
        let first = scope.spawn { try door.join() }
        let alsoFirst = scope.spawn {
          while !door.isFinished { try GreenThread.sleep(for: .milliseconds(250)) }
        }
        try thief.join()
        try alsoFirst.join()
        let value5 = try first.join()
        #expect(value5 == 5)
      }
    }
  }

  @Test func `a join that times out leaves the handle good`() throws {
    try onVirtualTime {
      try withScope { scope in
        let slow = scope.spawn { () -> Int in
          try GreenThread.sleep(for: .seconds(2))
          return 3
        }
        #expect(throws: DeadlineExceeded.self) { try slow.join(within: .zero) }
        #expect(throws: DeadlineExceeded.self) { try slow.join(within: .seconds(1)) }
        #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
        #expect(throws: InvalidArgument.self) { try slow.join(within: .seconds(-1)) }
        let value3 = try slow.join(within: .seconds(5))
        #expect(value3 == 3)
        let done = scope.spawn { 4 }
        GreenThread.yield()
        let value4 = try done.join(within: .zero)
        #expect(value4 == 4)
      }
    }
  }

  @Test func `a green thread cannot join itself`() throws {
    try onVirtualTime {
      try withScope { scope in
        var own: GreenThreads.Handle<Void>?
        own = scope.spawn { #expect(throws: InvalidArgument.self) { try own?.join() } }
      }
    }
  }

  @Test func `isFinished is false for one that has been cancelled and still runs`() throws {
    try onVirtualTime {
      try withScope { scope in
        let stubborn = scope.spawn {
          try withCancellationShield { try GreenThread.sleep(for: .seconds(1)) }
        }
        GreenThread.yield()
        stubborn.cancel()
        #expect(!stubborn.isFinished)
        GreenThread.yield()
        #expect(!stubborn.isFinished)
        try GreenThread.sleep(for: .seconds(2))
        #expect(stubborn.isFinished)
      }
    }
  }

  @Test func `a green thread whose handle is dropped ends within its scope`() throws {
    let log = EventLog()
    try onVirtualTime {
      try withScope { scope in
        _ = scope.spawn { () -> Int in
          try GreenThread.sleep(for: .seconds(1))
          log.note("child ended")
          return 1
        }
        log.note("body ended")
      }
      log.note("scope ended")
    }
    #expect(log.entries == ["body ended", "child ended", "scope ended"])
  }

  @Test func `a result that nobody joins is destroyed once, at the end of the scope`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      try withScope { scope in
        for number in 0..<100 { _ = scope.spawn { Tracked(lifetime, number) } }
        GreenThread.yield()
        #expect(lifetime.liveCount == 100)
      }
      #expect(lifetime.liveCount == 0)
    }
    #expect(lifetime.madeCount == 100)
  }

  @Test func `a joined result belongs to the joiner alone`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn { Tracked(lifetime, 9) }
        let value9 = try child.join().number
        #expect(value9 == 9)
        #expect(lifetime.liveCount == 0)
      }
    }
  }

  @Test func `a result larger than the record is delivered whole`() throws {
    struct Large: Equatable {
      var words = (1, 2, 3, 4, 5, 6); var more = [7]
      static func == (l: Self, r: Self) -> Bool { l.words == r.words && l.more == r.more }
    }
    let result = try onVirtualTime {
      try withScope { scope in try scope.spawn { Large() }.join() }
    }
    #expect(result == Large())
  }

  @Test func `a closure is destroyed when its body has ended, not when the scope does`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      try withScope { scope in
        let captured = Tracked(lifetime)
        let child = scope.spawn { _ = captured.number }
        try child.join()
      }
      #expect(lifetime.liveCount == 0)
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `who was woken by an end gets the outcome, though the scope may end first`(
    _ seed: UInt64
  ) throws {
    try onVirtualTime(order: .seeded(seed)) {
      try withScope { outer in
        var valued: GreenThreads.Handle<Int>?
        var failing: GreenThreads.Handle<Void>?
        outer.spawn {
          try? withScope { inner in
            valued = inner.spawn {
              try GreenThread.sleep(for: .seconds(1))
              return 5
            }
            failing = inner.spawn {
              try GreenThread.sleep(for: .seconds(2))
              throw Broken()
            }
          }
        }
        while failing == nil { GreenThread.yield() }
        let other = outer.spawn { try valued?.join() }
        #expect(throws: Broken.self) { try failing?.join() }
        let value = try other.join()
        #expect(value == 5)
      }
    }
  }

  @Test func `a destructor of an unjoined result may use its own scope and handle`() throws {
    final class Reentrant {
      let act: () -> Void
      init(_ act: @escaping () -> Void) { self.act = act }
      deinit { act() }
    }
    let log = EventLog()
    try onVirtualTime {
      try withScope { scope in
        var own: GreenThreads.Handle<Reentrant>?
        own = scope.spawn {
          Reentrant {
            let refusal = #expect(throws: ResourceClosed.self) { _ = try own?.join() }
            #expect(refusal?.resource.contains("result") == true)
            scope.spawn { log.note("late child ran") }
            log.note("destroyed")
          }
        }
        _ = scope.spawn { 1 }
      }
      log.note("scope ended")
    }
    #expect(log.entries == ["destroyed", "late child ran", "scope ended"])
  }

  @Test func `a destructor that joins one that still lives does not hold up the end of run`()
    throws
  {
    final class Joiner {
      let join: () -> Void
      init(_ join: @escaping () -> Void) { self.join = join }
      deinit { join() }
    }
    for isShielded in [true, false] {
      let log = EventLog()
      try onVirtualTime {
        let worker = GreenThread.spawn {
          defer { log.note("worker ends") }
          _ = try? GreenThread.sleep(for: .seconds(60))
          try withCancellationShield { try GreenThread.sleep(for: .seconds(1)) }
        }
        let joiner = Joiner {
          let error = errorThrown {
            if isShielded {
              try withCancellationShield { try worker.join() }
            } else {
              try worker.join()
            }
          }
          log.note("destroyed after \(error.map { "\(type(of: $0))" } ?? "a join")")
        }
        GreenThread.spawn { [joiner] in
          _ = joiner
          try GreenThread.sleep(for: .seconds(60))
        }
        GreenThread.yield()
      }
      let expected =
        isShielded
        ? ["worker ends", "destroyed after a join"]
        : ["destroyed after Cancelled", "worker ends"]
      #expect(log.entries == expected)
    }
  }

  @Test func `a handle that outlives its scheduler answers safely`() throws {
    try onOwnThread {
      let (handle, thread) = try run(on: VirtualTime()) {
        try withScope { scope in (scope.spawn { 1 }, GreenThread.current) }
      }
      #expect(handle.isFinished)
      #expect(thread.id == 1)
      #expect(thread.name == "")
      handle.cancel()
    }
  }
}
