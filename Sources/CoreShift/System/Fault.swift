import CCoreShift

/// Makes one set-up call of CoreShift fail, for tests of what is released then.
///
/// The calls that it can reach are those that make or change something: `epoll_create1`,
/// `epoll_ctl`, `pipe2`, `signalfd`, `inotify_add_watch` and the like, as
/// `CCORESHIFT_FALLIBLE` marks them in C. Reads, writes and waits are not among them, and pay
/// nothing.
///
/// ```swift
/// var position = 1
/// while try Fault.inject(.outOfMemory, atCall: position, { … expect the error … }) {
///   position += 1
/// }
/// ```
package enum Fault {
  /// Runs `body` while the set-up call number `position`, from 1, of this OS thread answers `code`
  /// and is not made.
  ///
  /// - Returns: Whether `body` made so many calls: false tells a loop over the positions that it
  ///   has come past the last.
  @discardableResult
  package static func inject(
    _ code: ErrorCode, atCall position: Int, _ body: () throws -> Void
  ) rethrows -> Bool {
    precondition(position > 0, "the first call is number 1")
    ccoreshift_fault_arm(Int32(position), code.rawValue)
    do {
      try body()
    } catch {
      _ = ccoreshift_fault_disarm()
      throw error
    }
    return ccoreshift_fault_disarm() >= Int32(position)
  }
}
