/// Runs `body` once for each seed, each time on a new scheduler that draws its order from the seed,
/// and stops at the first under which it fails.
///
/// For tests: what holds in whatever order the green threads run holds under every seed, and what
/// does not is found by one of them, and again by the same one. Blocks the OS thread; traps on a
/// green thread, as `run` does.
///
/// The error names the seed. To replay it start the test again, alone, with the seed in the
/// environment, which makes this run that seed and no other:
/// `DRIFT_SEED=6 swift test --filter AccountTests`. Or give the seed to `run` yourself:
/// `run(on: VirtualTime(), order: .seeded(6))`.
///
/// - Parameters:
///   - seeds: a hundred when nothing is said.
///   - exclusivity: how Swift's exclusivity checker sees green threads.
///   - makeSource: the time and the events of each run; virtual time when nothing is said.
///   - body: the first green thread; it must begin from the same state each time.
/// - Throws: ``FailedUnderSeed`` with the first seed under which `body`, or a ``Deadlock``, threw.
public func runUnderSeeds(
  _ seeds: Range<UInt64> = 0..<100, exclusivity: Exclusivity = .perThread,
  on makeSource: () -> any EventSource = { VirtualTime() },
  _ body: () throws -> Void
) throws {
  try runUnderSeeds(
    seeds, exclusivity: exclusivity, on: makeSource, withSeed: { _ in try body() })
}

/// Runs `body` once for each seed, and tells it the seed, from which it may draw more than the
/// order: what goes wrong, how large things are.
///
/// Otherwise as ``runUnderSeeds(_:exclusivity:on:_:)``; a replayed seed is told as well.
///
/// - Parameters:
///   - seeds: a hundred when nothing is said.
///   - exclusivity: how Swift's exclusivity checker sees green threads.
///   - makeSource: the time and the events of each run; virtual time when nothing is said.
///   - body: the first green thread; what it does must depend on the seed alone.
/// - Throws: ``FailedUnderSeed`` with the first seed under which `body`, or a ``Deadlock``, threw.
public func runUnderSeeds(
  _ seeds: Range<UInt64> = 0..<100, exclusivity: Exclusivity = .perThread,
  on makeSource: () -> any EventSource = { VirtualTime() },
  withSeed body: (_ seed: UInt64) throws -> Void
) throws {
  if let seed = replayedSeed() {
    return try runUnderSeed(seed, exclusivity, makeSource(), body)
  }
  for seed in seeds { try runUnderSeed(seed, exclusivity, makeSource(), body) }
}

private func runUnderSeed(
  _ seed: UInt64, _ exclusivity: Exclusivity, _ source: any EventSource,
  _ body: (UInt64) throws -> Void
) throws {
  do {
    try run(on: source, order: .seeded(seed), exclusivity: exclusivity) { try body(seed) }
  } catch {
    throw FailedUnderSeed(seed: seed, failure: error)
  }
}

/// A body failed in one of the orders that ``runUnderSeeds(_:exclusivity:on:_:)`` tried.
public struct FailedUnderSeed: Error, CustomStringConvertible {
  /// The seed that gives the same order again, with ``Order/seeded(_:)``.
  public let seed: UInt64
  /// What `run` threw.
  public let failure: any Error

  /// Names the seed, and says how to replay it.
  public var description: String {
    "failed under seed \(seed) (replay it with \(seedVariable)=\(seed)): \(failure)"
  }
}
