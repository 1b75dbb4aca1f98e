import GreenThreads
import TestSupport
import Testing

@Suite struct OnceTests {
  @Test func `the value is made once, though its making parks`() throws {
    try onVirtualTime {
      let once = Once<Int>()
      var makings = 0
      try withScope { scope in
        let handles = (0..<5).map { _ in
          scope.spawn {
            try once.value {
              makings += 1
              try GreenThread.sleep(for: .seconds(1))
              return 7
            }
          }
        }
        GreenThread.yield()
        #expect(once.valueIfMade == nil)
        for handle in handles {
          let value = try handle.join()
          #expect(value == 7)
        }
      }
      #expect(makings == 1)
      #expect(once.valueIfMade == 7)
    }
  }

  @Test func `an error goes to the one that made it, and the next makes it again`() throws {
    struct Broken: Error {}
    try onVirtualTime {
      let once = Once<Int>()
      try withScope(isolatingFailures: { _ in }) { scope in
        let first = scope.spawn {
          try once.value {
            try GreenThread.sleep(for: .seconds(1))
            throw Broken()
          }
        }
        let others = (0..<2).map { number in scope.spawn { try once.value { number } } }
        #expect(throws: Broken.self) { _ = try first.join() }
        for other in others {
          let value = try other.join()
          #expect(value == 0)
        }
      }
    }
  }

  @Test func `who is cancelled while it waits does not disturb the others`() throws {
    try onVirtualTime {
      let once = Once<Int>()
      try withScope(isolatingFailures: { _ in }) { scope in
        let makers = (0..<4).map { number in
          scope.spawn {
            try once.value {
              try GreenThread.sleep(for: .seconds(1))
              return number
            }
          }
        }
        GreenThread.yield()
        // The one that makes it and the one that would be next.
        makers[0].cancel()
        makers[1].cancel()
        #expect(throws: Cancelled.self) { _ = try makers[0].join() }
        #expect(throws: Cancelled.self) { _ = try makers[1].join() }
        let values = try makers[2...].map { try $0.join() }
        #expect(values == [2, 2])
      }
    }
  }

  private struct Broken: Error {}

  /// The value after the first maker has failed, and the second, `make`, was cancelled between its
  /// being chosen and its turn.
  private func valueOfThird(_ make: @escaping () throws -> Int) throws -> Int {
    try onVirtualTime {
      let once = Once<Int>()
      return try withScope(isolatingFailures: { _ in }) { scope in
        scope.spawn {
          _ = try once.value {
            try GreenThread.sleep(for: .seconds(1))
            throw Broken()
          }
        }
        let second = scope.spawn { try once.value(make) }
        let third = scope.spawn { try once.value { 3 } }
        // The maker sleeps before this one does, and so is woken before.
        GreenThread.yield()
        try GreenThread.sleep(for: .seconds(1))
        second.cancel()
        return try third.join()
      }
    }
  }

  @Test func `one that is cancelled once it is chosen passes the making on`() throws {
    #expect(try valueOfThird { 2 } == 3)
  }

  @Test func `who is cancelled already does not begin to make it, and gets what is made`() throws {
    try onVirtualTime {
      let once = Once<Int>()
      try withScope { scope in
        scope.cancel()
        let refusal = errorThrown { _ = try once.value { 1 } }
        #expect(refusal is Cancelled)
        #expect(once.valueIfMade == nil)
        try withCancellationShield { _ = try once.value { 2 } }
        let made = try once.value { 3 }
        #expect(made == 2)
      }
    }
  }

  @Test func `nobody who comes later overtakes the one that is chosen`() throws {
    try onVirtualTime {
      let once = Once<Int>()
      var makers: [String] = []
      try withScope(isolatingFailures: { _ in }) { scope in
        func contend(_ name: String, after delay: Duration) {
          scope.spawn {
            try GreenThread.sleep(for: delay)
            _ = try once.value {
              makers.append(name)
              try GreenThread.sleep(for: .seconds(1))
              throw Broken()
            }
          }
        }
        contend("late", after: .seconds(2))
        contend("first", after: .seconds(1))
        contend("second", after: .milliseconds(1100))
      }
      #expect(makers == ["first", "second", "late"])
    }
  }

  @Test func `asking for it while making it traps`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        let once = Once<Int>(label: "settings")
        _ = try once.value { try once.value { 1 } }
      }
    }
    #expect(text(result).contains("the once-made value \"settings\" was asked for by the code"))
  }
}
