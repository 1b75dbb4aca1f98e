/// How a file is going to be read, so that the kernel can prepare for it.
@frozen
public enum FileAdvice: Hashable, Sendable {
  /// Nothing is known; undoes the others.
  case normal
  /// From the front to the back: the kernel reads further ahead.
  case sequential
  /// Here and there: the kernel reads nothing ahead.
  case random
  /// Soon: the kernel begins to read now, as `readahead(2)` does. The call waits for the disk's
  /// queue, and not for the bytes.
  case willNeed
  /// Not again soon: what is in memory and on the disk alike is dropped. What was written and is
  /// not on the disk stays.
  case dontNeed
}

extension Fd {
  /// Says how a part of the file is going to be used; `posix_fadvise(2)`.
  ///
  /// It changes what reading costs and never what is read. Beyond the end, and on a file system
  /// that cannot use it, it is fine and does nothing.
  ///
  /// - Parameters:
  ///   - advice: of which the first three are about the whole open file.
  ///   - offset: where the part begins.
  ///   - count: how many bytes; 0 means up to the end.
  /// - Throws: `CoreError`: ESPIPE for a pipe, EINVAL for a negative number.
  public borrowing func advise(
    _ advice: FileAdvice, from offset: Int64 = 0, count: Int64 = 0
  ) throws(CoreError) {
    try check(
      SystemCall.advise(rawValue, advice, from: offset, count: count), "posix_fadvise",
      .descriptor(rawValue))
  }
}
