public import GreenThreads

/// Runs `body` as the first green thread on the calling OS thread, with descriptors and real time.
///
/// Returns when `body` has ended; green threads from
/// ``GreenThreads/GreenThread/spawn(name:stackSize:file:line:_:)`` that still run then are
/// cancelled and awaited. Write it once, in `main`. Traps inside another `run`.
///
/// - Parameters:
///   - order: in which order runnable green threads run; seeded to find what depends on it.
///   - exclusivity: how Swift's exclusivity checker sees them; shared to find overlaps.
///   - limits: how much blocking work is done at the same time; what is still busy with it when all
///     green threads have ended gets its end budget.
///   - body: has the stack that the system grants a main thread.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; `CoreError` when there is no descriptor for the event loop;
///   ``GreenThreads/InvalidArgument`` for limits that no pool can have;
///   ``GreenThreads/Deadlock`` when all wait for each other.
public func run<Value>(
  order: Order = .fifo, exclusivity: Exclusivity = .perThread,
  offloading limits: OffloadLimits = OffloadLimits(), _ body: () throws -> Value
) throws -> Value {
  try limits.validate()
  let events = try ReactorEvents(limits)
  defer { events.finish() }
  return try run(on: events, order: order, exclusivity: exclusivity, body)
}
