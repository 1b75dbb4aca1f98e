import GreenThreads
import TestSupport
import Testing

@Suite struct JoiningTests {
  private struct Broken: Error, Equatable {}

  private func sleeper(_ scope: Scope, _ seconds: Int) -> Handle<Int> {
    scope.spawn {
      try GreenThread.sleep(for: .seconds(seconds))
      return seconds
    }
  }

  @Test func `joinAll returns the results in the order of the handles`() throws {
    try onVirtualTime {
      try withScope { scope in
        let handles = [3, 1, 2].map { sleeper(scope, $0) }
        try #expect(joinAll(handles) == [3, 1, 2])
        try #expect(joinAll([Handle<Int>]()).isEmpty)
      }
    }
  }

  @Test func `joinAll stops at the first error, and leaves the others their results`() throws {
    try onVirtualTime {
      try withScope(isolatingFailures: { _ in }) { scope in
        let broken = scope.spawn { () -> Int in throw Broken() }
        let last = sleeper(scope, 2)
        #expect(throws: Broken.self) { try joinAll([sleeper(scope, 1), broken, last]) }
        #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
        try #expect(last.join() == 2)
      }
    }
  }

  @Test func `joinAny returns the first that ends, at once`() throws {
    try onVirtualTime {
      try withScope { scope in
        var handles = [3, 1, 2].map { sleeper(scope, $0) }
        var order: [Int] = []
        while !handles.isEmpty {
          let first = try joinAny(handles)
          #expect(Instant.now == Instant(nanoseconds: Int64(first.result) * 1_000_000_000))
          order.append(first.result)
          handles.remove(at: first.index)
        }
        #expect(order == [1, 2, 3])
      }
    }
  }

  @Test func `of several that end before the caller runs the first to end is returned`() throws {
    try onVirtualTime {
      try withScope { scope in
        // Both end in the turn in which they wake; the last of the array is the first to.
        let slow = scope.spawn {
          try GreenThread.sleep(until: Instant(nanoseconds: 2))
          return "slow"
        }
        let quick = scope.spawn {
          try GreenThread.sleep(until: Instant(nanoseconds: 1))
          return "quick"
        }
        scope.spawn { try GreenThread.sleep(until: Instant(nanoseconds: 3)) }
        try #expect(joinAny([slow, quick]).result == "quick")
        try #expect(joinAny([slow]).result == "slow")
      }
    }
    try onOwnThread {
      let time = VirtualTime(.byHand)
      try run(on: time) {
        try withScope { scope in
          let slow = scope.spawn { try GreenThread.sleep(until: Instant(nanoseconds: 2)) }
          let quick = scope.spawn { try GreenThread.sleep(until: Instant(nanoseconds: 1)) }
          scope.spawn { time.advance(by: .nanoseconds(5)) }
          let first = try joinAny([slow, quick])
          #expect(first.index == 1)
          #expect(slow.isFinished)
        }
      }
    }
  }

  @Test func `one that has ended already is returned without waiting`() throws {
    try onVirtualTime {
      try withScope { scope in
        let early = sleeper(scope, 1)
        let late = sleeper(scope, 60)
        try GreenThread.sleep(for: .seconds(2))
        try #expect(joinAny([late, early]) == (1, 1))
        late.cancel()
      }
    }
  }

  @Test func `joinAny throws the error of the first that ends`() throws {
    try onVirtualTime {
      try withScope(isolatingFailures: { _ in }) { scope in
        let broken = scope.spawn { () -> Int in throw Broken() }
        let other = sleeper(scope, 1)
        #expect(throws: Broken.self) { try joinAny([other, broken]) }
        try #expect(other.join() == 1)
      }
    }
  }

  @Test func `a joinAny that is cut short leaves its handles good`() throws {
    try onVirtualTime {
      try withScope { scope in
        let handles = [2, 3].map { sleeper(scope, $0) }
        #expect(throws: DeadlineExceeded.self) { try joinAny(handles, within: .zero) }
        #expect(throws: DeadlineExceeded.self) { try joinAny(handles, within: .seconds(1)) }
        let waiting = scope.spawn { _ = try joinAny(handles) }
        GreenThread.yield()
        #expect(throws: ResourceBusy.self) { try joinAny(handles) }
        #expect(throws: ResourceBusy.self) { try handles[1].join() }
        waiting.cancel()
        #expect(errorThrown { try waiting.join() } is Cancelled)
        try #expect(joinAll(handles) == [2, 3])
      }
    }
  }

  @Test func `one whose join was cut short is not in the way of the next`() throws {
    try onVirtualTime {
      try withScope { scope in
        let target = sleeper(scope, 5)
        let waiting = scope.spawn { try target.join() }
        GreenThread.yield()
        waiting.cancel()
        // The cancelled one has been woken, and has not run since.
        let value = try target.join()
        #expect(value == 5)
        #expect(errorThrown { _ = try waiting.join() } is Cancelled)
      }
    }
  }

  @Test func `nor is one who was cut short and has not run when the other ends`() throws {
    try onVirtualTime {
      try withScope { scope in
        let (first, second) = (Gate(), Gate())
        let target = scope.spawn { () -> Int in
          try first.pass()
          return 5
        }
        let waiting = scope.spawn { try target.join() }
        let next = scope.spawn {
          try second.pass()
          return try target.join()
        }
        GreenThread.yield()
        // They run in this order: the end, the next join, and then the one that is cut short.
        first.open()
        second.open()
        waiting.cancel()
        let value = try next.join()
        #expect(value == 5)
        #expect(errorThrown { _ = try waiting.join() } is Cancelled)
      }
    }
  }

  @Test func `joinAny refuses no handles, a negative timeout, and the caller's own`() throws {
    try onVirtualTime {
      try withScope { scope in
        #expect(throws: InvalidArgument.self) { try joinAny([Handle<Int>]()) }
        #expect(throws: InvalidArgument.self) {
          try joinAny([sleeper(scope, 1)], within: .seconds(-1))
        }
        var own: Handle<Void>?
        own = scope.spawn {
          guard let own else { return }
          #expect(throws: InvalidArgument.self) { try joinAny([own]) }
        }
      }
    }
  }
}
