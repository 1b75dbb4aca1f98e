import Drift
import DriftAsync

/// A green thread that awaits an `async` function: nanoseconds there and back.
func asyncRoundTripBenchmark(count: Int) throws {
  try Drift.run {
    var sum = 0
    for number in 0..<1000 { sum += try awaiting { await echo(number) } }
    let begin = Instant.monotonicNow.nanoseconds
    for number in 0..<count { sum &+= try awaiting { await echo(number) } }
    let elapsed = Instant.monotonicNow.nanoseconds - begin
    precondition(sum == count * (count - 1) / 2 + 1000 * 999 / 2)
    print("ns_per_round_trip", Double(elapsed) / Double(count))
  }
}

@inline(never)
private func echo(_ number: Int) async -> Int { number }
