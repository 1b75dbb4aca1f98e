import CoreShift

/// Runs `/bin/true` by `.clone`, one after the other, from a process that holds `resident` bytes.
///
/// Its floor is `Benchmarks/C/spawn_clone.c`.
func spawnCloneBenchmark(count: Int, resident: Int) throws {
  let ballast = [UInt8](repeating: 1, count: resident)
  let options = SpawnOptions(["/bin/true"], backend: .clone)
  let own = processorSeconds()
  let children = processorSeconds(ofChildren: true)
  let begin = MonotonicTime.nanoseconds
  var spawning: Int64 = 0
  for _ in 0..<count {
    let start = MonotonicTime.nanoseconds
    var spawned = try options.spawn()
    spawning += MonotonicTime.nanoseconds - start
    guard try spawned.process.waitExit()?.status == .exited(code: 0) else { exitProcess(1) }
  }
  let wall = Double(MonotonicTime.nanoseconds - begin) / 1e3
  let scale = 1e6 / Double(count)
  print("us_per_spawn", wall / Double(count))
  print("us_until_exec", Double(spawning) / 1e3 / Double(count))
  print("own_cpu_us", (processorSeconds() - own) * scale)
  print("child_cpu_us", (processorSeconds(ofChildren: true) - children) * scale)
  if ballast.count != resident { print("lost the ballast") }
}
