internal import CoreShift
internal import GreenThreads

/// Runs a call that only looks, in the pool: a caller who is cancelled leaves at once.
func readingDisk<Value: ~Copyable>(
  _ name: String, _ body: @escaping @Sendable () throws -> sending Value
) throws -> sending Value {
  try offload(name, whenFull: .waits, whenCancelled: .leaves, body)
}

/// Runs a call that changes something, in the pool: its caller waits for the end, so that nothing
/// changes behind its back.
func changingDisk<Value: ~Copyable>(
  _ name: String, _ body: @escaping @Sendable () throws -> sending Value
) throws -> sending Value {
  try offload(name, whenFull: .waits, whenCancelled: .waitsForEnd, body)
}

/// The same as a clean-up, which a cancellation must not keep from being done.
func cleaningDisk(_ name: String, _ body: @escaping @Sendable () throws -> Void) throws {
  try withCancellationShield { try changingDisk(name) { try body() } }
}
