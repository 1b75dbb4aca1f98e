private import Synchronization

/// What OS threads share behind a lock.
///
/// A `Mutex` of which ThreadSanitizer knows: it does not see into the standard library, and would
/// take two holders that had to wait for each other for a race.
package struct Guarded<Value: Sendable>: ~Copyable, Sendable {
  private let mutex: Mutex<Value>
  /// Written by who gives the lock back and read by who takes it, which the sanitizer does see.
  private let handOver = Atomic<Bool>(false)

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
      _ = handOver.load(ordering: .acquiring)
      defer { handOver.store(true, ordering: .releasing) }
      return try body(&value)
    }
  }
}
