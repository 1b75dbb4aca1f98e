/// A green thread between its making and its first turn, for the generic shells of `spawn` to fill.
///
/// It stands in the run queue already, or waits for its time, and nobody runs before the spawner
/// parks.
@usableFromInline
struct Spawning {
  @usableFromInline let thread: UncheckedThread
  @usableFromInline let serial: UInt64

  /// Makes a green thread that `launch` will run; the shell puts its closure into the payload.
  @usableFromInline
  @inline(never)
  init(
    in scope: Scope, _ file: StaticString, _ line: UInt32, keepsNothing: Bool,
    _ launch: @escaping Launch
  ) {
    let record = Self.makeRecord(in: scope, file, line, keepsNothing, launch)
    let scheduler = record.it.scheduler
    record.it.phase = .fresh
    scheduler.it.queue.append(record)
    self.init(record)
    if scheduler.it.trace != nil { scheduler.trace(.spawn, of: record) }
  }

  init(_ record: ThreadReference) {
    thread = UncheckedThread(record)
    serial = record.it.serial
  }

  init(_ delayed: DelayedReference) {
    thread = UncheckedThread(delayed)
    serial = delayed.it.serial
  }

  /// A record with all that a spawn says, for which nobody looks yet.
  @inline(__always)
  static func makeRecord(
    in scope: Scope, _ file: StaticString, _ line: UInt32, _ keepsNothing: Bool,
    _ launch: @escaping Launch
  ) -> ThreadReference {
    scope.requireOpen()
    let home = scope.scope
    let scheduler = home.it.scheduler
    let record = scheduler.makeThread(scheduler.makeSerial(), in: home)
    record.link(asFirst: &home.it.firstChild)
    scheduler.countSpawn(into: home)
    record.it.setSpawnSite(file, line)
    record.it.keepsNothing = keepsNothing
    record.setLauncher(launch)
    // Locals come from the spawner, whatever scope the child goes into.
    if let inherited = scheduler.it.current?.it.locals { record.it.locals = inherited }
    if scheduler.it.detours.contains(.taskLocals) {
      record.it.taskLocals = scheduler.inheritedTaskLocals()
    }
    record.it.spawnedAt = scheduler.it.lastTime
    return record
  }

  /// What most spawns do not say.
  @usableFromInline
  @inline(never)
  func set(_ name: String?, _ stackSize: Int?) {
    let record = thread.record
    if let name { record.it.setName(name) }
    if let stackSize { record.it.stackClass = StackClass(holding: stackSize) }
  }
}

extension Reference where Record == SchedulerState {
  /// Counts one who is new in `home`.
  @inline(__always)
  func countSpawn(into home: ScopeReference) {
    home.it.liveChildren &+= 1
    it.liveThreads &+= 1
    it.queue.reserve(it.liveThreads)
    it.counters.spawned &+= 1
  }

  /// A record for a green thread of that number, of which `home` does not know yet.
  @inline(__always)
  func makeThread(_ serial: UInt64, in home: ScopeReference) -> ThreadReference {
    let thread = freeThread(home)
    thread.it.serial = serial
    thread.it.home = home
    thread.it.innermost = home
    thread.it.cancelledBy = home.it.cancelledBy
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

  /// Voids the tickets that nobody has used, before their records go to another scheduler.
  ///
  /// In the order of their addresses: a million records are too many to look for one by one.
  func voidTickets() {
    unsafe it.threads.forEach { unsafe $0.pointee.epoch &+= 1 }
  }

  /// Takes a record back.
  ///
  /// It holds nothing any more.
  @inline(__always)
  func freeThread(_ thread: ThreadReference) {
    thread.it.serial = 0
    thread.it.phase = .free
    thread.it.ownCancellation = 0
    thread.dropLauncher()
    if let origin = thread.it.origin {
      thread.it.origin = nil
      it.timers.beginnings.free(origin)
    }
    unsafe thread.it.stackPointer = nil
    thread.it.clearName()
    thread.it.stackClass = .standard
    thread.it.next = it.freeThreads
    it.freeThreads = thread
  }
}
