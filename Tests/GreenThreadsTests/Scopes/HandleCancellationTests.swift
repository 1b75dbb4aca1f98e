import TestSupport
import Testing

@testable import GreenThreads

/// A child that its own handle has cancelled is no failure of its scope.
@Suite struct HandleCancellationTests {
  private struct Broken: Error {}

  /// A child of `scope` whose handle has been used, and who takes a second to unwind.
  private func spawnUnwinding(in scope: Scope) {
    let child = scope.spawn {
      defer { withCancellationShield { try? GreenThread.sleep(for: .seconds(1)) } }
      try GreenThread.sleep(for: .seconds(60))
    }
    GreenThread.yield()
    child.cancel()
    GreenThread.yield()
  }

  @Test func `also when its scope is cancelled while it unwinds`() throws {
    let value = try onVirtualTime {
      try withScope { scope in
        spawnUnwinding(in: scope)
        scope.cancel()
        return 7
      }
    }
    #expect(value == 7)
  }

  @Test func `also when it waits for a lock meanwhile, which is no cancellation point`() throws {
    let value = try onVirtualTime {
      let lock = Lock()
      return try withScope { scope in
        let child = scope.spawn {
          defer { lock.withLock {} }
          try GreenThread.sleep(for: .seconds(60))
        }
        scope.spawn {
          lock.withLock { withCancellationShield { try? GreenThread.sleep(for: .seconds(1)) } }
        }
        GreenThread.yield()
        child.cancel()
        GreenThread.yield()
        scope.cancel()
        return 7
      }
    }
    #expect(value == 7)
  }

  @Test func `also when the body of run returns meanwhile`() throws {
    let value = try onVirtualTime {
      let child = GreenThread.spawn {
        defer { withCancellationShield { try? GreenThread.sleep(for: .seconds(1)) } }
        try GreenThread.sleep(for: .seconds(60))
      }
      GreenThread.yield()
      child.cancel()
      GreenThread.yield()
      return 5
    }
    #expect(value == 5)
  }

  @Test func `also when a deadline around its scope expires meanwhile`() throws {
    let value = try onVirtualTime {
      try withScope(deadline: .now + .milliseconds(500)) { scope in
        spawnUnwinding(in: scope)
        return 5
      }
    }
    #expect(value == 5)
  }

  @Test func `nobody is told of it as of a failure`() throws {
    var told: [any Error] = []
    try onVirtualTime {
      try withScope(isolatingFailures: { told.append($0) }) { scope in
        spawnUnwinding(in: scope)
        scope.cancel()
      }
      #expect(throws: Broken.self) {
        try withScope(onFurtherFailure: { told.append($0) }) { scope in
          spawnUnwinding(in: scope)
          scope.spawn { throw Broken() }
        }
      }
    }
    #expect(told.isEmpty, "\(told)")
  }

  @Test func `also when one that it has spawned unwinds longer than itself`() throws {
    let value = try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn {
          try withScope { inner in
            spawnUnwinding(in: inner)
            inner.spawn {
              defer { withCancellationShield { try? GreenThread.sleep(for: .seconds(1)) } }
              try GreenThread.sleep(for: .seconds(60))
            }
            try GreenThread.sleep(for: .seconds(60))
          }
        }
        for _ in 0..<4 { GreenThread.yield() }
        child.cancel()
        for _ in 0..<2 { GreenThread.yield() }
        scope.cancel()
        return 7
      }
    }
    #expect(value == 7)
  }

  @Test func `without a value it leaves no record behind`() throws {
    try onVirtualTime {
      try withScope { scope in
        func cancelled() -> Handle<Void> {
          let child = scope.spawn { try GreenThread.sleep(for: .seconds(60)) }
          GreenThread.yield()
          child.cancel()
          return child
        }
        for _ in 0..<10 {
          let child = cancelled()
          #expect(throws: Cancelled.self) { try child.join() }
          // As after a success: there is nothing left that could tell.
          try child.join()
        }
        #expect(scope.scope.it.firstFinished == nil)
        for _ in 0..<10 { _ = cancelled() }
        GreenThread.yield()
        #expect(scope.scope.it.firstFinished == nil)
      }
    }
  }

  @Test func `with a value it keeps the error until a join has taken it`() throws {
    try onVirtualTime {
      try withScope { scope in
        let child = scope.spawn { () throws -> Int in
          try GreenThread.sleep(for: .seconds(60))
          return 1
        }
        GreenThread.yield()
        child.cancel()
        GreenThread.yield()
        #expect(scope.scope.it.firstFinished != nil)
        #expect(throws: Cancelled.self) { _ = try child.join() }
        #expect(scope.scope.it.firstFinished == nil)
        #expect(throws: ResourceClosed.self) { _ = try child.join() }
      }
    }
  }
}
