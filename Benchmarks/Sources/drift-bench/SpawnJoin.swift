import GreenThreads

private final class Counter { var value = 1 }

func spawnJoinBenchmark() throws {
  let total = 5_000_000
  let batch = 1000
  var sum = 0
  try run(on: VirtualTime()) {
    let counter = Counter()
    var handles: [Handle<Int>] = []
    handles.reserveCapacity(batch)
    let begin = Instant.monotonicNow.nanoseconds
    try withScope { scope in
      for _ in 0..<total / batch {
        for i in 0..<batch {
          handles.append(scope.spawn { counter.value + i })
        }
        for handle in handles { sum &+= try handle.join() }
        handles.removeAll(keepingCapacity: true)
      }
    }
    let elapsed = Instant.monotonicNow.nanoseconds - begin
    print("ns_per_spawn", Double(elapsed) / Double(total))
  }
}
