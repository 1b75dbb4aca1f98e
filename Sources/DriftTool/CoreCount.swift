import FoundationEssentials

/// How many processors this process may use, which `taskset` and containers limit.
func coreCount() -> Int {
  ProcessInfo.processInfo.activeProcessorCount
}
