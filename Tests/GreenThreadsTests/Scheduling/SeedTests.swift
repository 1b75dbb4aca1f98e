import GreenThreads
import TestSupport
import Testing

@Suite struct SeedTests {
  private struct Lost: Error, Equatable {}

  /// Two green threads that each read, let the other run, and write: right in some orders only.
  private func race() throws {
    var sum = 0
    try withScope { scope in
      for _ in 0..<2 {
        scope.spawn {
          GreenThread.yield()
          let before = sum
          if before == 0 { GreenThread.yield() }
          sum = before + 1
        }
      }
    }
    if sum != 2 { throw Lost() }
  }

  private func failure() -> FailedUnderSeed? {
    errorThrown { try onOwnThread { try runUnderSeeds(0..<200) { try race() } } }
      as? FailedUnderSeed
  }

  @Test func `a race is found under some seed, and again under the same`() throws {
    let found = try #require(failure())
    #expect(found.failure is Lost)
    #expect(found.description.contains("DRIFT_SEED=\(found.seed)"))
    #expect(failure()?.seed == found.seed)
    #expect(throws: Lost.self) { try onVirtualTime(order: .seeded(found.seed)) { try race() } }
  }

  @Test func `a body that is right in every order runs once for each seed`() throws {
    var runs = 0
    try onOwnThread {
      try runUnderSeeds(5..<25) {
        runs += 1
        var ended = 0
        try withScope { scope in for _ in 0..<5 { scope.spawn { ended += 1 } } }
        #expect(ended == 5)
      }
    }
    #expect(runs == 20)
  }

  @Test func `the body is told its seed, which the error names`() throws {
    var seeds: [UInt64] = []
    let error = errorThrown {
      try onOwnThread {
        try runUnderSeeds(5..<25) { seed in
          seeds.append(seed)
          if seed == 8 { throw Lost() }
        }
      }
    }
    #expect(seeds == [5, 6, 7, 8])
    #expect((error as? FailedUnderSeed)?.seed == 8)
  }

  @Test func `a deadlock is a failure under its seed`() throws {
    let error = errorThrown {
      try onOwnThread {
        try runUnderSeeds { try GreenThread.park(WakeTicket(), for: ParkReason("for ever")) }
      }
    }
    #expect((error as? FailedUnderSeed)?.seed == 0)
    #expect((error as? FailedUnderSeed)?.failure is Deadlock)
  }

  @Test func `the environment names the only seed to run`() async {
    await #expect(processExitsWith: .success) {
      setEnvironment("DRIFT_SEED", "77")
      var runs = 0
      let error = errorThrown {
        try runUnderSeeds(0..<10) {
          runs += 1
          throw Lost()
        }
      }
      precondition((error as? FailedUnderSeed)?.seed == 77 && runs == 1)
      precondition(Order.anySeed() == .seeded(77))
    }
  }

  @Test func `a seed that is no number ends the program`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      setEnvironment("DRIFT_SEED", "lucky")
      _ = Order.anySeed()
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("DRIFT_SEED=lucky"))
  }

  @Test func `a seed drawn at random is written to standard error`() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      guard case .seeded = Order.anySeed() else { preconditionFailure("it is not seeded") }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("replay it with DRIFT_SEED="))
  }
}
