import GreenThreads

/// `threads` green threads that only yield.
func yieldBenchmark(threads: Int) throws {
  let total = 10_000_000
  let rounds = max(3, total / threads)
  try run(
    on: VirtualTime(), exclusivity: CommandLine.arguments.contains("shared") ? .shared : .perThread
  ) {
    try yieldAll(threads, rounds: 3)  // every stack touched before the clock starts
    let elapsed = try yieldAll(threads, rounds: rounds)
    print("ns_per_switch", Double(elapsed) / Double(rounds * threads))
  }
}

@discardableResult
private func yieldAll(_ threads: Int, rounds: Int) throws -> Int64 {
  var begin: Int64 = 0
  var end: Int64 = 0
  try withScope { scope in
    for _ in 0..<threads {
      scope.spawn {
        if begin == 0 { begin = Instant.monotonicNow.nanoseconds }
        for _ in 0..<rounds { GreenThread.yield() }
        end = Instant.monotonicNow.nanoseconds
      }
    }
  }
  return end - begin
}

@inline(never) private func siteA(_ n: Int) { for _ in 0..<n { GreenThread.yield() } }
@inline(never) private func siteB(_ n: Int) { for i in 0..<n { GreenThread.yield(); sink &+= i } }
@inline(never) private func siteC(_ n: Int) { for i in 0..<n { GreenThread.yield(); sink &-= i } }
@inline(never) private func siteD(_ n: Int) { for i in 0..<n { GreenThread.yield(); sink ^= i } }
nonisolated(unsafe) private var sink = 0

func yieldSitesBenchmark() throws {
  let rounds = 5_000_000
  try run(
    on: VirtualTime(), exclusivity: CommandLine.arguments.contains("shared") ? .shared : .perThread
  ) {
    let begin = Instant.monotonicNow.nanoseconds
    try withScope { scope in
      scope.spawn { siteA(rounds) }
      scope.spawn { siteB(rounds) }
      scope.spawn { siteC(rounds) }
      scope.spawn { siteD(rounds) }
    }
    let elapsed = Instant.monotonicNow.nanoseconds - begin
    print("ns_per_switch", Double(elapsed) / Double(4 * rounds))
  }
}
