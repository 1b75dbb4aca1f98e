internal import Synchronization

/// Runs `body` as the first green thread of a new scheduler on the calling OS thread, and returns
/// when it has ended.
///
/// Green threads that `body` has spawned with ``GreenThread/spawn(name:stackSize:file:line:_:)``
/// and that still run then are cancelled and awaited: nothing outlives `run`. Blocks the OS thread.
/// Traps when called on a green thread.
///
/// - Parameters:
///   - source: time and wake-ups; ``VirtualTime`` for tests.
///   - order: in which order runnable green threads run.
///   - exclusivity: how Swift's exclusivity checker sees them.
///   - taskLocals: whether each has Swift's `@TaskLocal`s to itself.
///   - body: has the stack that the system grants a main thread.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws; ``Deadlock`` when all wait for each other and a cancellation has
///   unwound them, where the program ends if it cannot; ``StackUnavailable`` when there is none for
///   `body`; ``TaskLocalsUnavailable``, before anything has begun.
@discardableResult
public func run<Value>(
  on source: any EventSource, order: Order = .fifo, exclusivity: Exclusivity = .perThread,
  taskLocals: TaskLocals = .shared, _ body: () throws -> Value
) throws -> Value {
  if currentScheduler() != nil {
    fatalError("`run` was called inside `run`: spawn a green thread instead")
  }
  requireLayout()
  let word = taskLocals == .perThread ? try TaskLocalWord() : nil
  let detours = Detours(order, exclusivity, taskLocals)
  let scheduler = makeScheduler(source, detours, seed(of: order), word)
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
  if let result { return try result.get() }
  // It never began: there was no stack for it.
  if let failure = scheduler.it.loop.it.home.it.failure { throw failure }
  preconditionFailure("the body of `run` ended without a result")
}

/// The scope of `GreenThread.spawn`: like any other, but cancelled when its body returns.
///
/// It can be spawned into until all in it have ended: who still unwinds, or had been woken when the
/// body returned, cannot know that it has.
private func withRootScope<Value>(_ body: () throws -> Value) throws -> Value {
  let (_, scheduler) = currentThread(for: "run")
  defer { scheduler.it.root = nil }
  return try withScope { scope in
    scheduler.it.root = scope.scope
    scope.scope.it.purpose = .root
    defer { scope.cancel() }
    return try body()
  }
}

private let schedulersMade = Atomic<UInt64>(0)

// SAFETY: memory in this list belongs to no scheduler.
@safe
private struct RetiredState: @unchecked Sendable {
  let memory: UnsafeMutablePointer<SchedulerState>
}

/// The memory of ended schedulers.
///
/// Never freed: the next ones are made there, and a stale handle refers to nothing that is gone.
private let retiredStates = Guarded<[RetiredState]>([])

private func seed(of order: Order) -> UInt64 {
  if case .seeded(let seed) = order { seed } else { 0 }
}

private func makeScheduler(
  _ source: any EventSource, _ detours: Detours, _ seed: UInt64, _ taskLocals: TaskLocalWord?
) -> SchedulerReference {
  let firstSerial = SchedulerState.firstSerial(
    ofScheduler: schedulersMade.add(1, ordering: .relaxed).newValue)
  // The loop's record and scope need the scheduler's address, and the scheduler needs theirs.
  let retired = retiredStates.withLock { $0.popLast() }
  let memory = unsafe retired?.memory ?? .allocate(capacity: 1)
  let scheduler = unsafe SchedulerReference(memory)
  var threads = Slab<ThreadRecord>()
  var scopes = Slab<ScopeRecord>()
  let loop = unsafe ThreadReference(threads.next())
  let outermost = unsafe ScopeReference(scopes.next())
  unsafe outermost.pointer.initialize(to: ScopeRecord(scheduler: scheduler, .loop))
  // As in `newThread`: the record may have been another one's, whose tickets stay void.
  let epoch = unsafe loop.pointer.pointee.epoch
  unsafe loop.pointer.initialize(to: ThreadRecord(scheduler: scheduler, home: outermost))
  loop.it.epoch = epoch
  outermost.it.serial = firstSerial
  unsafe loop.it.shadowStack = currentFiber
  unsafe memory.initialize(
    to: SchedulerState(
      accesses: AccessList.head, detours: detours, taskLocals: taskLocals,
      waitsInPlace: detours.isEmpty && source.needsLittleStack, loop: loop,
      surroundingTask: currentTask, random: SplitMix(seed: seed),
      slack: source.slack.wholeNanoseconds, threads: threads, scopes: scopes,
      firstSerial: firstSerial, nextSerial: firstSerial,
      outside: .passRetained(Outside(source, Inbox())), lastTime: source.now))
  scheduler.it.lookout.open(on: scheduler)
  return scheduler
}

private func dispose(of scheduler: SchedulerReference) {
  _ = scheduler.letCompanionTakeTurn()
  scheduler.it.inbox.close()
  for errand in scheduler.it.errands { errand() }
  scheduler.endInspection()
  let outermost = scheduler.it.loop.it.home
  scheduler.dropOutcomes(of: outermost)
  outermost.it = ScopeRecord(scheduler: scheduler)
  scheduler.it.stacks.unmap()
  unsafe endFiber(scheduler.it.abandonedFiber)
  scheduler.it.timers.deallocate()
  scheduler.it.queue.deallocate()
  scheduler.voidTickets()
  scheduler.it.threads.retire()
  scheduler.it.scopes.retire()
  // SAFETY: all green threads have ended, so nobody refers to the state any more but stale handles
  // and tickets: they compare serials and epochs in their own records first, and the memory stays.
  let outside = unsafe scheduler.it.outside
  unsafe scheduler.pointer.deinitialize(count: 1)
  unsafe outside.release()
  let state = unsafe RetiredState(memory: scheduler.pointer)
  retiredStates.withLock { $0.append(state) }
}
