internal import Synchronization

/// Runs `body` as the first green thread of a new scheduler on the calling OS thread, and returns
/// when it has ended.
///
/// Green threads that `body` has spawned with ``GreenThread/spawn(name:stackSize:file:line:_:)`` and
/// that still run then are cancelled and awaited: nothing outlives `run`. Blocks the OS thread.
/// Traps when called on a green thread.
///
/// - Parameters:
///   - source: time and wake-ups; ``VirtualTime`` for tests.
///   - order: in which order runnable green threads run.
///   - exclusivity: how Swift's exclusivity checker sees them.
///   - body: has the stack that the system grants a main thread.
/// - Throws: what `body` throws; ``Deadlock`` when all wait for each other.
public func run<Value>(
  on source: any EventSource, order: Order = .fifo, exclusivity: Exclusivity = .perThread,
  _ body: () throws -> Value
) throws -> Value {
  if currentScheduler() != nil {
    fatalError("`run` was called inside `run`: spawn a green thread instead")
  }
  let scheduler = makeScheduler(source, order, exclusivity)
  setCurrentScheduler(scheduler)
  OverflowWatch.begin()
  defer {
    OverflowWatch.end()
    setCurrentScheduler(nil)
    dispose(of: scheduler)
  }
  var result: Result<Value, any Error>?
  withoutActuallyEscaping(body) { body in
    let main = Scope(scheduler.it.loop.it.home)
      .spawn(name: "main", stackSize: mainStackSize) {
        result = Result { try withRootScope(body) }
      }
    scheduler.loop(until: main)
  }
  if let deadlock = scheduler.it.deadlock { throw deadlock }
  guard let result else { preconditionFailure("the body of `run` ended without a result") }
  return try result.get()
}

/// The scope of `GreenThread.spawn`: like any other, but cancelled when its body returns.
private func withRootScope<Value>(_ body: () throws -> Value) throws -> Value {
  let (_, scheduler) = currentThread(for: "run")
  return try withScope { scope in
    scheduler.it.root = scope.scope
    defer {
      scheduler.it.root = nil
      scope.cancel()
    }
    return try body()
  }
}

private let schedulersMade = Atomic<UInt64>(0)

private func makeScheduler(
  _ source: any EventSource, _ order: Order, _ exclusivity: Exclusivity
) -> SchedulerReference {
  var seed: UInt64 = 0
  if case .seeded(let chosen) = order { seed = chosen }
  let firstSerial = schedulersMade.add(1, ordering: .relaxed).newValue << 40
  // The loop's record and scope need the scheduler's address, and the scheduler needs theirs.
  let memory = UnsafeMutablePointer<SchedulerState>.allocate(capacity: 1)
  let scheduler = unsafe SchedulerReference(memory)
  var threads = Slab<ThreadRecord>()
  var scopes = Slab<ScopeRecord>()
  let loop = unsafe ThreadReference(threads.next())
  let outermost = unsafe ScopeReference(scopes.next())
  unsafe outermost.pointer.initialize(to: ScopeRecord(scheduler: scheduler))
  unsafe loop.pointer.initialize(to: ThreadRecord(scheduler: scheduler, home: outermost))
  outermost.it.serial = firstSerial
  unsafe memory.initialize(
    to: SchedulerState(
      detours: Detours(order, exclusivity), loop: loop,
      surroundingTask: currentTask, shuffled: ShuffledQueue(seed: seed), threads: threads,
      scopes: scopes, firstSerial: firstSerial, nextSerial: firstSerial, source: source,
      inbox: Inbox()))
  return scheduler
}

private func dispose(of scheduler: SchedulerReference) {
  scheduler.it.inbox.close()
  scheduler.it.stacks.unmap()
  scheduler.it.timers.deallocate()
  scheduler.it.threads.retire()
  scheduler.it.scopes.retire()
  // SAFETY: all green threads have ended, so nobody refers to the state any more but stale handles,
  // which compare serials in their own records first.
  unsafe scheduler.pointer.deinitialize(count: 1)
  unsafe scheduler.pointer.deallocate()
}
