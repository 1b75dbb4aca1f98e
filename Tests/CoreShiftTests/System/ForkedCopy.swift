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
  var status: Int32 = -1
  while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
  try #require(status & 0x7f == 0, "the copy ended by signal \(status & 0x7f)")
  return status >> 8 & 0xff
}
