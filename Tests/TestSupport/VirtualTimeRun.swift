public import GreenThreads

/// Runs `body` as the main green thread of a scheduler in virtual time, on an OS thread of its own.
///
/// - Parameters:
///   - order: in which order runnable green threads run.
///   - exclusivity: how Swift's exclusivity checker sees them.
///   - taskLocals: whether each has Swift's task-locals to itself.
///   - file: who waits, for the watchdog's message.
///   - line: who waits, for the watchdog's message.
///   - body: the main green thread.
/// - Returns: what `body` returns.
/// - Throws: what `run` throws.
@discardableResult
public func onVirtualTime<Value>(
  order: Order = .fifo, exclusivity: Exclusivity = .perThread, taskLocals: TaskLocals = .shared,
  file: StaticString = #fileID, line: UInt = #line,
  _ body: () throws -> Value
) throws -> Value {
  try onOwnThread(file: file, line: line) {
    try run(
      on: VirtualTime(), order: order, exclusivity: exclusivity, taskLocals: taskLocals, body)
  }
}
