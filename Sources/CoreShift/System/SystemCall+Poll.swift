#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

extension SystemCall {
  /// The bits of `poll`, which are those of ``EpollFlags``, without waiting; EBADF for a number
  /// that is not open.
  static func poll(_ descriptor: Int32, flags: UInt32) -> Int32 {
    var entry = pollfd(
      fd: descriptor, events: Int16(truncatingIfNeeded: flags), revents: 0)
    var result: Int32
    repeat { result = unsafe pollOnce(&entry) } while result < 0 && errno == EINTR
    if result < 0 { return -errno }
    if entry.revents & Int16(POLLNVAL) != 0 { return -EBADF }
    return Int32(entry.revents)
  }
}

/// Outside, where `poll` is the C library's.
private func pollOnce(_ entry: UnsafeMutablePointer<pollfd>) -> Int32 {
  unsafe poll(entry, 1, 0)
}
