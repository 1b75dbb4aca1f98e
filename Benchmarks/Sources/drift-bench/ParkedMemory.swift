import Drift

/// `count` green threads that sleep: memory, page tables and mappings for each.
func parkedMemoryBenchmark(count: Int) throws {
  try run {
    let before = memoryInUse()
    let mappings = mappingCount()
    let tables = pageTableBytes()
    let begin = Instant.monotonicNow
    try withScope { scope in
      for _ in 0..<count { scope.spawn { try GreenThread.sleep(for: .seconds(600)) } }
      GreenThread.yield()
      let parked = Instant.monotonicNow
      let after = memoryInUse()
      print("rss_bytes_per", Double(after.resident - before.resident) / Double(count))
      print("page_table_bytes_per", Double(pageTableBytes() - tables) / Double(count))
      print("vsz_bytes_per", Double(after.virtual - before.virtual) / Double(count))
      print("ns_to_park", Double(begin.nanosecondsUntil(parked)) / Double(count))
      print("resident_bytes", after.resident)
      print("further_mappings", mappingCount() - mappings)
      scope.cancel()
    }
  }
}

extension Instant {
  func nanosecondsUntil(_ other: Instant) -> Int64 { other.nanoseconds - nanoseconds }
}
