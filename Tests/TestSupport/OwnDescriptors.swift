import Glibc
import Testing

/// Runs `body` on an OS thread with a table of descriptors of its own, which holds 0, 1 and 2, so
/// that a census there sees what `body` opens and nothing of the tests beside it.
public func withOwnDescriptors(_ body: () throws -> Void) throws {
  try onOwnThread {
    let symbol = unsafe dlsym(nil, "close_range")
    // SAFETY: close_range has this type.
    let closeRange = unsafe unsafeBitCast(
      symbol, to: (@convention(c) (UInt32, UInt32, Int32) -> Int32).self)
    // CLOSE_RANGE_UNSHARE: what the range holds is not even copied, so that no other test's pipe
    // stays open for a moment longer.
    try #require(closeRange(3, .max, 2) == 0)
    try body()
  }
}
