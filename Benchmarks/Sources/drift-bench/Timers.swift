import Drift

/// `count` sleepers with random deadlines between one and two seconds from their start.
func timersBenchmark(count: Int) throws {
  var lateness: [Int64] = []
  lateness.reserveCapacity(count)
  var isOrdered = true
  let begin = Instant.monotonicNow
  let processor = processorSeconds()
  try run {
    var random = SystemRandomNumberGenerator()
    var last = Instant.zero
    try withScope { scope in
      for _ in 0..<count {
        let nanoseconds = Int64.random(in: 1_000_000_000..<2_000_000_000, using: &random)
        scope.spawn {
          let deadline = Instant.now.advanced(by: .nanoseconds(nanoseconds))
          try GreenThread.sleep(until: deadline)
          lateness.append(deadline.nanosecondsUntil(.now))
          if deadline < last { isOrdered = false }
          last = deadline
        }
      }
    }
  }
  print("cpu_s", processorSeconds() - processor)
  print("wall_s", Double(begin.nanosecondsUntil(.monotonicNow)) / 1e9)
  lateness.sort()
  print("late_p50_us", Double(lateness[count / 2]) / 1e3)
  print("late_p99_us", Double(lateness[count / 100 * 99]) / 1e3)
  print("in_deadline_order", isOrdered ? 1 : 0)
}
