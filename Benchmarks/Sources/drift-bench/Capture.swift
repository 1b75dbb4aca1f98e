import Drift

/// One child's output of `byteCount` zeros, kept.
func captureBenchmark(byteCount: Int) throws {
  try run {
    var command = Command("/usr/bin/head", "-c", RawString("\(byteCount)"), "/dev/zero")
    command.standardError = .inherit
    let own = processorSeconds()
    let begin = Instant.monotonicNow
    let output = try command.run(limit: byteCount)
    let seconds = Double(begin.nanosecondsUntil(.monotonicNow)) / 1e9
    guard output.standardOutput.count == byteCount else { return print("lost some of the output") }
    print("gb_per_s", Double(byteCount) / 1e9 / seconds)
    print("own_cpu_s", processorSeconds() - own)
  }
}

/// `count` children at once, each with 1 MiB on its output and 1 MiB on its error output.
func manyBenchmark(count: Int) throws {
  try run {
    let script: RawString = "head -c 1048576 /dev/zero; head -c 1048576 /dev/zero >&2"
    var command = Command("/bin/sh", "-c", script)
    command.standardInput = .inherit
    let own = processorSeconds()
    let children = processorSeconds(ofChildren: true)
    let begin = Instant.monotonicNow
    // Kept until the end, as the peers do.
    var outputs: [CommandOutput] = []
    try withScope { scope in
      for _ in 0..<count {
        scope.spawn { outputs.append(try command.run(limit: 2 << 20)) }
      }
    }
    let milliseconds = Double(begin.nanosecondsUntil(.monotonicNow)) / 1e6
    let total = outputs.reduce(0) { $0 + $1.standardOutput.count + $1.standardError.count }
    guard total == count * 2 << 20 else { return print("lost some of the output") }
    print("wall_ms", milliseconds)
    print("own_cpu_ms", (processorSeconds() - own) * 1e3)
    print("child_cpu_ms", (processorSeconds(ofChildren: true) - children) * 1e3)
  }
}

/// `/bin/true`, spawned, captured and waited for, one at a time.
func spawnCaptureBenchmark(count: Int) throws {
  try run {
    let command = Command("/bin/true")
    let own = processorSeconds()
    let begin = Instant.monotonicNow
    for _ in 0..<count { try command.run() }
    let wall = Double(begin.nanosecondsUntil(.monotonicNow)) / 1e3
    print("us_per_spawn", wall / Double(count))
    print("own_cpu_us", (processorSeconds() - own) * 1e6 / Double(count))
  }
}
