internal import CGreenThreads

/// Memory straight from the kernel, for an array of the scheduler's own that may grow very large.
///
/// Pages that are never touched cost nothing, so the room is taken for more than anybody will fill:
/// it need not move, and the allocator, which looks through all that was freed before it hands out
/// a large piece, is not asked.
enum LargeRoom {
  /// Nil when the kernel has no such room.
  static func map(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    let result = cgreenthreads_reserve(byteCount)
    guard result > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: result) else {
      return nil
    }
    unsafe cgreenthreads_prefer_huge_pages(base, byteCount)
    return unsafe base
  }

  static func unmap(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
    _ = unsafe cgreenthreads_unmap(base, byteCount)
  }
}
