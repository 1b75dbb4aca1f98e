internal import CGreenThreads
private import Synchronization

/// What OS threads share behind a lock.
///
/// A `Mutex` of which ThreadSanitizer knows: it does not see into the standard library, and would
/// take two holders that had to wait for each other for a race.
package struct Guarded<Value: Sendable>: ~Copyable, Sendable {
  private let mutex: Mutex<Value>

  /// Puts `value` behind a lock.
  package init(_ value: Value) {
    mutex = Mutex(value)
  }

  /// Runs `body` while no other OS thread is inside one.
  ///
  /// Blocks the OS thread meanwhile: `body` must be short and must not park.
  package borrowing func withLock<Result: Sendable>(
    _ body: (inout Value) throws -> Result
  ) rethrows -> Result {
    try mutex.withLock { value in
      // SAFETY: only the address is used, as a name for the lock.
      unsafe withUnsafePointer(to: &value) { unsafe cgreenthreads_note_lock_taken($0) }
      defer {
        unsafe withUnsafePointer(to: &value) { unsafe cgreenthreads_note_lock_given_back($0) }
      }
      return try body(&value)
    }
  }
}
