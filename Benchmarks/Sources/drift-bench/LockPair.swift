import GreenThreads

/// Taking a lock that nobody holds and giving it up: nanoseconds for both.
func lockPairBenchmark() throws {
  let count = 100_000_000
  try run(on: VirtualTime()) {
    let lock = Lock()
    let begin = Instant.monotonicNow.nanoseconds
    for _ in 0..<count {
      lock.lock()
      lock.unlock()
    }
    let elapsed = Instant.monotonicNow.nanoseconds - begin
    print("ns_per_pair", Double(elapsed) / Double(count))
  }
}
