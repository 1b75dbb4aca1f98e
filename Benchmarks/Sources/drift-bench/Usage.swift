import Glibc

func exitProcess(_ code: Int32) -> Never { exit(code) }

/// User plus system time in seconds of this process, or of the children that it has reaped.
func processorSeconds(ofChildren: Bool = false) -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t((ofChildren ? RUSAGE_CHILDREN : RUSAGE_SELF).rawValue), &usage)
  let microseconds =
    (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000
    + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
  return Double(microseconds) / 1e6
}

/// Address space and resident memory in bytes.
func memoryInUse() -> (virtual: Int, resident: Int) {
  guard let file = fopen("/proc/self/statm", "r") else { return (0, 0) }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  guard fgets(&line, 256, file) != nil else { return (0, 0) }
  let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  let fields = text.split(separator: " ").compactMap { Int($0) }
  return (fields[0] * 4096, fields[1] * 4096)
}

/// What the kernel's page tables of this process take.
func pageTableBytes() -> Int {
  guard let file = fopen("/proc/self/status", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  while fgets(&line, 256, file) != nil {
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard text.hasPrefix("VmPTE:") else { continue }
    return text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first.map { $0 << 10 }
      ?? 0
  }
  return 0
}

/// How many mappings this process has.
func mappingCount() -> Int {
  guard let file = fopen("/proc/self/maps", "r") else { return 0 }
  defer { fclose(file) }
  var count = 0
  var line = [CChar](repeating: 0, count: 1024)
  while fgets(&line, 1024, file) != nil { count += 1 }
  return count
}
