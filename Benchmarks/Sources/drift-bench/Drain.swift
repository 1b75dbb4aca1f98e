import CoreShift

/// Reads `byteCount` of a child's zeros on CoreShift alone, with a sink that drops them.
func drainBenchmark(byteCount: Int) throws {
  var reactor = try Reactor()
  var options = SpawnOptions(
    ["/usr/bin/head", "-c", RawString("\(byteCount)"), "/dev/zero"], backend: .preferred)
  options.standardOutput = .pipe
  var total = 0
  var policy = RunPolicy()
  policy.sink = { _, chunk in
    total += chunk.count
    return .taken
  }
  let begin = MonotonicTime.nanoseconds
  var running = try RunningProcess(spawning: options, policy: policy)
  try running.register(with: &reactor)
  var events: [Event] = []
  while try !running.pollCompletion(on: &reactor) {
    _ = try reactor.wait(into: &events, upTo: 64, for: running.timeUntilDeadline)
    for event in events { try running.handle(event, on: &reactor) }
  }
  let seconds = Double(MonotonicTime.nanoseconds - begin) / 1e9
  print("bytes", total)
  print("mib_per_s", (Double(total) / seconds / 1_048_576).rounded())
}
