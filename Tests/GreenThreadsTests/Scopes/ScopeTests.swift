import GreenThreads
import TestSupport
import Testing

private struct Broken: Error, Equatable {
  var number = 0
}

@Suite struct ScopeTests {
  @Test func `a scope does not return while a child lives`() throws {
    let log = EventLog()
    try onVirtualTime {
      try withScope { scope in
        for number in 1...3 {
          scope.spawn {
            try GreenThread.sleep(for: .seconds(number))
            log.note("child \(number)")
          }
        }
        #expect(scope.childCount == 3)
      }
      log.note("returned")
    }
    #expect(log.entries == ["child 1", "child 2", "child 3", "returned"])
  }

  @Test func `the first failure cancels the others and is rethrown after all have ended`() throws {
    let log = EventLog()
    try onVirtualTime {
      let error = #expect(throws: Broken.self) {
        try withScope { scope in
          for number in 1...5 {
            scope.spawn {
              defer { log.note("ended \(number)") }
              try withCancellationShield { try GreenThread.sleep(for: .seconds(number)) }
              if number == 2 { throw Broken(number: 2) }
              try GreenThread.sleep(for: .seconds(60))
            }
          }
        }
      }
      #expect(error == Broken(number: 2))
      #expect(Instant.now == Instant(nanoseconds: 5_000_000_000))
    }
    #expect(log.entries == ["ended 2", "ended 1", "ended 3", "ended 4", "ended 5"])
  }

  @Test func `later failures go to their handler`() throws {
    var further: [Broken] = []
    try onVirtualTime {
      let error = #expect(throws: Broken.self) {
        try withScope(onFurtherFailure: { if let error = $0 as? Broken { further.append(error) } })
        {
          scope in
          for number in 1...3 {
            scope.spawn {
              try withCancellationShield { try GreenThread.sleep(for: .seconds(number)) }
              throw Broken(number: number)
            }
          }
        }
      }
      #expect(error == Broken(number: 1))
    }
    #expect(further == [Broken(number: 2), Broken(number: 3)])
  }

  @Test func `a failure that a sibling lets pass from a join is not told again`() throws {
    var further: [Broken] = []
    try onVirtualTime {
      let error = #expect(throws: Broken.self) {
        try withScope(onFurtherFailure: { if let error = $0 as? Broken { further.append(error) } })
        {
          scope in
          let failing = scope.spawn { () throws -> Int in
            try GreenThread.sleep(for: .seconds(1))
            throw Broken(number: 1)
          }
          scope.spawn { _ = try failing.join() }
          scope.spawn {
            try withCancellationShield { try GreenThread.sleep(for: .seconds(2)) }
            throw Broken(number: 1)
          }
        }
      }
      #expect(error == Broken(number: 1))
    }
    #expect(further == [Broken(number: 1)])
  }

  @Test func `an error of the body itself cancels the children`() throws {
    try onVirtualTime {
      let error = #expect(throws: Broken.self) {
        try withScope { scope in
          scope.spawn { try GreenThread.sleep(for: .seconds(60)) }
          GreenThread.yield()
          throw Broken(number: 4)
        }
      }
      #expect(error == Broken(number: 4))
      #expect(Instant.now == .zero)
    }
  }

  @Test func `isolated failures end nobody else`() throws {
    var errors: [Broken] = []
    let log = EventLog()
    try onVirtualTime {
      try withScope(isolatingFailures: { if let error = $0 as? Broken { errors.append(error) } }) {
        scope in
        for number in 1...4 {
          scope.spawn {
            try GreenThread.sleep(for: .seconds(number))
            if number % 2 == 0 { throw Broken(number: number) }
            log.note("served \(number)")
          }
        }
      }
    }
    #expect(errors == [Broken(number: 2), Broken(number: 4)])
    #expect(log.entries == ["served 1", "served 3"])
  }

  @Test func `a child spawned after the cancellation never runs`() throws {
    var hasRun = false
    try onVirtualTime {
      try withScope { scope in
        scope.cancel()
        scope.cancel()
        #expect(scope.isCancelled)
        let late = scope.spawn { hasRun = true }
        #expect(throws: Cancelled.self) { try withCancellationShield { try late.join() } }
      }
    }
    #expect(!hasRun)
  }

  @Test func `a failure in a nested scope passes through both as itself`() throws {
    try onVirtualTime {
      let error = #expect(throws: Broken.self) {
        try withScope { outer in
          outer.spawn {
            try withScope { inner in
              inner.spawn { throw Broken(number: 9) }
              inner.spawn { try GreenThread.sleep(for: .seconds(60)) }
            }
          }
          outer.spawn { try GreenThread.sleep(for: .seconds(60)) }
        }
      }
      #expect(error == Broken(number: 9))
      #expect(Instant.now == .zero)
    }
  }

  @Test func `what the root has spawned is cancelled when the body of run returns, and awaited`()
    throws
  {
    let log = EventLog()
    try onVirtualTime {
      GreenThread.spawn {
        defer { log.note("unwound") }
        try GreenThread.sleep(for: .seconds(60))
      }
      GreenThread.yield()
      GreenThread.spawn { log.note("never begun") }
      log.note("body returns")
    }
    #expect(log.entries == ["body returns", "unwound"])
  }

  @Test func `a failure of a root spawn is the failure of run`() throws {
    let error = #expect(throws: Broken.self) {
      try onVirtualTime {
        GreenThread.spawn { throw Broken(number: 5) }
        try GreenThread.sleep(for: .seconds(60))
      }
    }
    #expect(error == Broken(number: 5))
  }

  @Test func `ten thousand children that fail are all destroyed, errors and closures`() throws {
    final class Failure: Error, Sendable {
      let token: Tracked
      init(_ token: Tracked) { self.token = token }
    }
    let lifetime = Lifetime()
    try onVirtualTime {
      try withScope(isolatingFailures: { _ in }) { scope in
        for number in 0..<10_000 {
          let captured = Tracked(lifetime, number)
          if number % 2 == 0 {
            scope.spawn { throw Failure(captured) }
          } else {
            _ = scope.spawn { () -> Int in throw Failure(captured) }
          }
        }
      }
      #expect(lifetime.endsSoon)
    }
  }
}
