import GreenThreads
import TestSupport
import Testing

@Suite struct CancelledTests {
  private struct Broken: Error {}

  private func source(of body: () throws -> Void) -> Cancelled.Source? {
    (errorThrown(by: body) as? Cancelled)?.source
  }

  @Test func `it says which scope was cancelled`() throws {
    try onVirtualTime {
      try withScope { _ in
        try withScope { scope in
          let site = CallSite(line: #line - 1)
          scope.cancel()
          try? withScope { _ in
            #expect(source { try GreenThread.sleep(for: .seconds(1)) } == .scope(site))
          }
        }
      }
    }
  }

  @Test func `it says which deadline has expired, and so does DeadlineExceeded`() throws {
    try onVirtualTime {
      let site = CallSite(line: #line + 2)
      let thrown = errorThrown {
        try withTimeout(.seconds(1)) {
          try withTimeout(.seconds(60)) {
            let source = source { try GreenThread.sleep(for: .seconds(30)) }
            #expect(source == .deadline(Instant(nanoseconds: 1_000_000_000), site))
            try GreenThread.checkCancellation()
          }
        }
      }
      let error = thrown as? DeadlineExceeded
      #expect(error?.callSite == site)
      #expect(
        error.map(String.init(describing:))
          == "the deadline set at \(site), which was at 1.0 seconds on the clock, has passed")
    }
  }

  @Test func `it says whose handle was used, also inside what that one has spawned`() throws {
    var sources: [Cancelled.Source?] = []
    let site = CallSite(line: #line + 4)
    var id: UInt64 = 0
    try onVirtualTime {
      try withScope { scope in
        let server = scope.spawn(name: "server") {
          id = GreenThread.current.id
          try withScope { inner in
            inner.spawn { sources.append(source { try GreenThread.sleep(for: .seconds(1)) }) }
            sources.append(source { try GreenThread.sleep(for: .seconds(1)) })
          }
        }
        GreenThread.yield()
        GreenThread.yield()
        server.cancel()
      }
    }
    #expect(sources == Array(repeating: .greenThread(id: id, name: "server", site), count: 2))
  }

  @Test func `it says that the body of run has returned, and that there was a deadlock`() throws {
    var sources: [Cancelled.Source?] = []
    try onVirtualTime {
      GreenThread.spawn { sources.append(source { try GreenThread.sleep(for: .seconds(1)) }) }
      GreenThread.yield()
    }
    #expect(throws: Deadlock.self) {
      try onVirtualTime {
        sources.append(source { try GreenThread.park(WakeTicket(), for: ParkReason("for ever")) })
      }
    }
    #expect(sources == [.endOfRun, .deadlock])
  }

  @Test func `a scope's deadline cancels what is in it and is thrown by the scope`() throws {
    try onVirtualTime {
      let error = #expect(throws: DeadlineExceeded.self) {
        try withScope(deadline: Instant(nanoseconds: 1_000)) { scope in
          scope.spawn { try GreenThread.sleep(for: .seconds(60)) }
        }
      }
      #expect(error?.deadline == Instant(nanoseconds: 1_000))
      #expect(Instant.now == Instant(nanoseconds: 1_000))
      try withScope(deadline: Instant(nanoseconds: 9_000)) { scope in
        scope.spawn { try GreenThread.sleep(for: .microseconds(1)) }
      }
    }
  }

  @Test func `a failure comes before a deadline that has passed meanwhile`() throws {
    try onVirtualTime {
      #expect(throws: Broken.self) {
        try withScope(deadline: Instant(nanoseconds: 1_000)) { scope in
          scope.spawn { try GreenThread.sleep(for: .seconds(60)) }
          scope.spawn {
            try? GreenThread.sleep(for: .seconds(60))
            throw Broken()
          }
        }
      }
    }
  }

  @Test func `each kind of park ends in the turn in which it is cancelled`() throws {
    let kinds: [(String, (Scope) throws -> Void)] = [
      ("sleep", { _ in try GreenThread.sleep(for: .seconds(60)) }),
      ("join", { try $0.spawn { try GreenThread.sleep(for: .seconds(60)) }.join() }),
      ("join any", { _ = try joinAny([$0.spawn { try GreenThread.sleep(for: .seconds(60)) }]) }),
      ("park", { _ in try GreenThread.park(WakeTicket(), for: ParkReason("for ever")) }),
      (
        "room",
        { _ in
          try withScope(limit: 1) { limited in
            try limited.spawn { try GreenThread.sleep(for: .seconds(60)) }
            try limited.spawn { try GreenThread.sleep(for: .seconds(60)) }
          }
        }
      ),
      (
        "scope",
        { _ in try withScope { _ = $0.spawn { try GreenThread.sleep(for: .seconds(60)) } } }
      ),
    ]
    for (name, wait) in kinds {
      try onVirtualTime {
        try withScope(isolatingFailures: { _ in }) { others in
          let waiting = others.spawn { errorThrown { try wait(others) } }
          GreenThread.yield()
          GreenThread.yield()
          #expect(!waiting.isFinished, "\(name)")
          waiting.cancel()
          let error = try waiting.join()
          #expect(error is Cancelled, "\(name)")
          #expect(Instant.now == .zero, "\(name)")
          others.cancel()
        }
      }
    }
  }
}
