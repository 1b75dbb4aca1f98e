import Glibc
import Testing

/// Runs `body` in a copy of this process and returns its exit code, which `body` gives.
///
/// Only in a process of its own, and with a body that has run here once before: the copy has one
/// thread, and locks that another thread held, such as the runtime's, stay locked in it for ever.
func exitCodeOfForkedCopy(_ body: () -> Int32) throws -> Int32 {
  let symbol = unsafe dlsym(nil, "fork")
  // SAFETY: fork has this type.
  let fork = unsafe unsafeBitCast(symbol, to: (@convention(c) () -> Int32).self)
  let pid = fork()
  if pid == 0 { _exit(body()) }
  try #require(pid > 0)
  let status = reap(pid)
  try #require(status & 0x7f == 0, "the copy ended by signal \(status & 0x7f)")
  return status >> 8 & 0xff
}

/// Waits for a child, however many signals come meanwhile, and returns its wait status; -1 when
/// there is no such child.
func reap(_ pid: Int32) -> Int32 {
  var status: Int32 = -1
  while unsafe waitpid(pid, &status, 0) < 0 {
    guard errno == EINTR else { return -1 }
  }
  return status
}
