import Drift

/// A property of a class, changed again and again, while `parked` green threads are parked inside
/// of accesses to the same property of other objects, which Swift must not go through each time.
func propertyAccessBenchmark(parked: Int) throws {
  try run {
    let count = 50_000_000
    let tally = Tally()
    try withScope { scope in
      for _ in 0..<parked {
        scope.spawn { try Tally().steps.park() }
      }
      GreenThread.yield()
      let begin = MonotonicTime.nanoseconds
      for _ in 0..<count { tally.step() }
      let duration = Double(MonotonicTime.nanoseconds - begin)
      precondition(tally.steps.count == count)
      print("ns_per_access", duration / Double(count))
      scope.cancel()
    }
  }
}

/// Public: where the compiler knows all uses it may prove that none overlap, and check nothing.
public class Tally {
  /// What is accessed.
  public var steps = Steps()

  @inline(never)
  func step() { steps.count += 1 }
}

/// A number that can be parked with.
public struct Steps {
  var count = 0

  @inline(never)
  mutating func park() throws {
    count += 1
    try GreenThread.sleep(until: .distantFuture)
  }
}
