import Drift
import DriftAsync

/// A green thread that awaits an `async` function: nanoseconds there and back, for one that answers
/// without a wait, and for an actor of the scheduler, for which the green thread parks.
func asyncRoundTripBenchmark(count: Int) throws {
  try Drift.run {
    let actor = Echo(on: .current)
    let direct = try nanosecondsPerRoundTrip(count) { number in
      try awaiting { await echo(number) }
    }
    let parked = try nanosecondsPerRoundTrip(count) { number in
      try awaiting { await actor.echo(number) }
    }
    print("ns_per_round_trip", direct)
    print("ns_per_parked_round_trip", parked)
  }
}

private func nanosecondsPerRoundTrip(
  _ count: Int, _ roundTrip: (Int) throws -> Int
) throws -> Double {
  var sum = 0
  for number in 0..<1000 { sum += try roundTrip(number) }
  let begin = Instant.monotonicNow.nanoseconds
  for number in 0..<count { sum &+= try roundTrip(number) }
  let elapsed = Instant.monotonicNow.nanoseconds - begin
  precondition(sum == count * (count - 1) / 2 + 1000 * 999 / 2)
  return Double(elapsed) / Double(count)
}

@inline(never)
private func echo(_ number: Int) async -> Int { number }

/// An actor whose jobs run on the scheduler's OS thread.
private actor Echo {
  private let executor: SchedulerExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private var calls = 0

  init(on executor: SchedulerExecutor) {
    self.executor = executor
  }

  func echo(_ number: Int) -> Int {
    calls += 1
    return number
  }
}
