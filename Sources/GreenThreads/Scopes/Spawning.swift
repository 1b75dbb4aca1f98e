/// A green thread between its making and its start: what the generic shells of `spawn` fill in.
@usableFromInline
struct Spawning {
  @usableFromInline let thread: UncheckedThread

  @inlinable
  var payload: Payload { thread.payload }

  @usableFromInline
  init(
    in scope: Scope, _ name: String?, _ stackSize: Int?, _ file: StaticString, _ line: UInt32
  ) {
    scope.requireOpen()
    let home = scope.scope
    let scheduler = home.it.scheduler
    let record = scheduler.makeThread(in: home)
    record.it.setSpawnSite(file, line)
    if let name { record.it.setName(name) }
    // Locals come from the spawner, whatever scope the child goes into.
    if let inherited = scheduler.it.current?.it.locals { record.it.locals = inherited }
    if scheduler.it.detours.contains(.taskLocals) { scheduler.inheritTaskLocals(by: record) }
    if let stackSize { record.it.stackClass = StackClass(holding: stackSize) }
    thread = UncheckedThread(record)
  }

  /// Puts the green thread into the run queue; its closure lies in the payload.
  @usableFromInline
  func start(keepsNothing: Bool, _ launch: @escaping Launch) {
    let record = thread.record
    record.it.keepsNothing = keepsNothing
    record.it.launch = launch
    let scheduler = record.it.scheduler
    scheduler.it.counters.spawned &+= 1
    record.it.phase = .fresh
    record.it.spawnedAt = scheduler.it.lastTime
    record.it.stoppedAt = scheduler.it.lastTime
    if scheduler.it.trace != nil { scheduler.trace(.spawn, of: record) }
    scheduler.it.queue.append(record)
  }
}

/// A green thread's record as inlinable code may carry it.
@usableFromInline
@safe
struct UncheckedThread {
  let record: ThreadReference

  init(_ record: ThreadReference) {
    self.record = record
  }

  @usableFromInline
  var payload: Payload {
    // SAFETY: records do not move.
    unsafe Payload(&record.it.payload)
  }
}

extension Reference where Record == SchedulerState {
  /// A record for a new green thread, linked into `home`.
  @inline(__always)
  func makeThread(in home: ScopeReference) -> ThreadReference {
    let thread = freeThread(home)
    thread.it.serial = makeSerial()
    thread.it.home = home
    thread.it.innermost = home
    thread.it.cancelledBy = home.it.cancelledBy
    thread.it.previousSibling = nil
    thread.it.nextSibling = home.it.firstChild
    home.it.firstChild?.it.previousSibling = thread
    home.it.firstChild = thread
    home.it.liveChildren &+= 1
    it.liveThreads &+= 1
    it.queue.reserve(it.liveThreads)
    return thread
  }

  @inline(__always)
  private func freeThread(_ home: ScopeReference) -> ThreadReference {
    guard let free = it.freeThreads else { return newThread(home) }
    it.freeThreads = free.it.next
    return free
  }

  @inline(never)
  func newThread(_ home: ScopeReference) -> ThreadReference {
    // SAFETY: fresh zeroed memory, or a retired record of an ended scheduler, which holds nothing;
    // its epoch goes on, so that old tickets stay void.
    let memory = unsafe it.threads.next()
    let epoch = unsafe memory.pointee.epoch
    unsafe memory.initialize(to: ThreadRecord(scheduler: self, home: home))
    unsafe memory.pointee.epoch = epoch
    return unsafe ThreadReference(memory)
  }

  /// Drops what free records still hold, before they go to another scheduler: how to launch the
  /// last body, which has a context where the compiler did not specialize `spawn`; and voids the
  /// tickets that nobody has used.
  ///
  /// A record that is used again drops it anyway, and setting it free must stay cheap. In the order
  /// of their addresses, because a million records are too many to look for one by one.
  func emptyThreads() {
    unsafe it.threads.forEach { record in
      unsafe record.pointee.launch = nil
      unsafe record.pointee.epoch &+= 1
    }
  }

  /// Takes a record back.
  ///
  /// It holds nothing any more.
  @inline(__always)
  func freeThread(_ thread: ThreadReference) {
    thread.it.serial = 0
    thread.it.phase = .free
    thread.it.ownCancellation = 0
    unsafe thread.it.stackPointer = nil
    thread.it.clearName()
    thread.it.stackClass = .standard
    thread.it.next = it.freeThreads
    it.freeThreads = thread
  }
}
