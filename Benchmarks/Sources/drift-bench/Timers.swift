import Drift

/// `count` sleepers with random deadlines between one and two seconds from their start.
///
/// Says also where the time goes: `spawned`, until all have been spawned; `parked`, until all
/// sleep; `woken`, until the last has ended; the rest is the scheduler's end. If `areDelayed`,
/// green threads that begin at their deadlines take the place of those that sleep until then.
func timersBenchmark(count: Int, areDelayed: Bool) throws {
  let log = TimerLog(count)
  let begin = Instant.monotonicNow
  let processor = processorSeconds()
  func note(_ phase: String) { print("cpu_s_\(phase)", processorSeconds() - processor) }
  try run {
    var random = XorShift()
    try withScope { scope in
      for number in 0..<count {
        let nanoseconds = 1_000_000_000 + Int64(random.next() % 1_000_000_000)
        if areDelayed {
          let deadline = Instant.now.advanced(by: .nanoseconds(nanoseconds))
          scope.spawn(at: deadline) { log.note(deadline) }
          // The first are due before the last has been spawned where memory is slow to come.
          if number % 1024 == 0 { GreenThread.yield() }
          continue
        }
        scope.spawn {
          let deadline = Instant.now.advanced(by: .nanoseconds(nanoseconds))
          try GreenThread.sleep(until: deadline)
          log.note(deadline)
        }
      }
      note("spawned")
      GreenThread.yield()
      note("parked")
    }
    note("woken")
  }
  note("all")
  print("cpu_s", processorSeconds() - processor)
  print("wall_s", Double(begin.nanosecondsUntil(.monotonicNow)) / 1e9)
  log.lateness.sort()
  print("late_p50_us", Double(log.lateness[count / 2]) / 1e3)
  print("late_p99_us", Double(log.lateness[count / 100 * 99]) / 1e3)
  print("in_deadline_order", log.isOrdered ? 1 : 0)
}

/// One object for all sleepers: a captured variable would be an object each.
private final class TimerLog {
  var lateness: [Int64] = []
  private(set) var isOrdered = true
  private var last = Instant.zero

  init(_ count: Int) {
    lateness.reserveCapacity(count)
  }

  func note(_ deadline: Instant) {
    lateness.append(deadline.nanosecondsUntil(.now))
    if deadline < last { isOrdered = false }
    last = deadline
  }
}

/// Marsaglia's xorshift64: a random number for a nanosecond, where the system's generator asks the
/// kernel each time.
private struct XorShift {
  var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
