import Drift

/// `/bin/true`, `count` times, `atOnce` at a time, from a process that holds `resident` bytes.
func spawnProcessBenchmark(count: Int, atOnce: Int, resident: Int) throws {
  let ballast = [UInt8](repeating: 1, count: resident)
  try run {
    var command = Command("/bin/true")
    command.standardInput = .inherit
    command.standardOutput = .inherit
    command.standardError = .inherit
    let own = processorSeconds()
    let children = processorSeconds(ofChildren: true)
    let begin = Instant.monotonicNow
    var started = 0
    try withScope { scope in
      for _ in 0..<atOnce {
        scope.spawn {
          while started < count {
            started += 1
            try command.start().wait()
          }
        }
      }
    }
    let wall = Double(begin.nanosecondsUntil(.monotonicNow)) / 1e3
    let scale = 1e6 / Double(count)
    print("us_per_spawn", wall / Double(count))
    print("own_cpu_us", (processorSeconds() - own) * scale)
    print("child_cpu_us", (processorSeconds(ofChildren: true) - children) * scale)
  }
  if ballast.count != resident { print("lost the ballast") }
}
