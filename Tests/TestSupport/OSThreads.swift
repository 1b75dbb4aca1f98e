private import Glibc

/// How many OS threads this process has.
public func osThreadCount() -> Int {
  guard let folder = unsafe opendir("/proc/self/task") else { return -1 }
  defer { unsafe closedir(folder) }
  var count = 0
  while unsafe readdir(folder) != nil { count += 1 }
  return count - 2
}
