internal import CoreShift
internal import GreenThreads
private import Synchronization

/// Blocking work of one `run`: what waits for a worker and what runs.
///
/// The side of the pool that its OS threads see; the lock covers all of it.
final class JobQueue: Sendable {
  struct Job: Sendable {
    let number: UInt64
    let label: String
    let body: @Sendable () -> Void
    let whenFull: OffloadSaturation
    /// Its caller's; nil once that has left.
    var ticket: WakeTicket?
  }

  /// What a caller that offers work has to do.
  enum Admission: Sendable {
    /// A worker will see to it.
    case accepted(UInt64)
    /// Nobody is free: start another worker, number so and so.
    case needsWorker(UInt64, worker: Int)
    case refused(running: Int, waiting: Int)
  }

  /// How far work has come whose caller is cancelled.
  enum Progress { case takenBack, running, ended }

  fileprivate struct Running: Sendable {
    let label: String
    let worker: Int
    var ticket: WakeTicket?
  }

  fileprivate struct Contents: Sendable {
    var waiting: [UInt64: Job] = [:]
    /// How many of those that wait might have been refused.
    var refusable = 0
    var running: [UInt64: Running] = [:]
    var lastNumber: UInt64 = 0
    /// No job of a lower number waits.
    var firstNumber: UInt64 = 1
    var idleWorkers = 0
    var workers = 0
    /// Nil once the pool ends: then nobody is told any more.
    var handle: RemoteHandle?

    /// How many of those that may be refused have to wait for a worker that is busy.
    ///
    /// Those that wait however many there are fill nothing up, but come first.
    func lineCount(for workers: Int) -> Int {
      let free = workers - running.count - (waiting.count - refusable)
      return refusable - max(0, free)
    }

    mutating func append(_ job: Job) {
      waiting[job.number] = job
      if job.whenFull == .refused { refusable += 1 }
    }

    mutating func takeBack(_ number: UInt64) -> Job? {
      guard let job = waiting.removeValue(forKey: number) else { return nil }
      if job.whenFull == .refused { refusable -= 1 }
      return job
    }

    /// Gives the oldest piece of work to a worker.
    mutating func takeFirst(for worker: Int) -> Job? {
      while !waiting.isEmpty {
        let number = firstNumber
        firstNumber += 1
        guard let job = takeBack(number) else { continue }
        running[number] = Running(label: job.label, worker: worker, ticket: job.ticket)
        return job
      }
      return nil
    }
  }

  /// Who runs what, without the bell: whoever lists OS threads may be the last to look at it.
  final class Ledger: Sendable {
    private let contents: Guarded<Contents>
    /// How many run and wait, for who may take no lock.
    fileprivate let running = Atomic<Int>(0)
    fileprivate let waiting = Atomic<Int>(0)

    fileprivate init(_ contents: Contents) {
      self.contents = Guarded(contents)
    }

    fileprivate func withLock<Result: Sendable>(_ body: (inout Contents) -> Result) -> Result {
      contents.withLock { contents in
        defer {
          running.store(contents.running.count, ordering: .relaxed)
          waiting.store(contents.waiting.count, ordering: .relaxed)
        }
        return body(&contents)
      }
    }

    /// What worker `index` does now, in the words of its caller.
    func activity(of index: Int) -> String? {
      contents.withLock { contents in
        contents.running.first { $0.value.worker == index }?.value.label
      }
    }
  }

  let ledger: Ledger
  private let limits: OffloadLimits
  /// Counts how many idle workers are to get up.
  private let bell: EventDescriptor

  init(_ limits: OffloadLimits) throws(CoreError) {
    bell = try EventDescriptor(.semaphore)
    try bell.descriptor.setBlockingMode(.blocking)
    self.limits = limits
    ledger = Ledger(Contents(handle: RemoteHandle(.never)))
  }

  /// How many run and wait; takes no lock.
  var counts: (running: Int, waiting: Int) {
    (ledger.running.load(ordering: .relaxed), ledger.waiting.load(ordering: .relaxed))
  }

  // MARK: - For callers

  func offer(
    _ label: String, _ ticket: WakeTicket, _ whenFull: OffloadSaturation,
    _ body: @escaping @Sendable () -> Void
  ) -> Admission {
    let (admission, wakes) = ledger.withLock { contents -> (Admission, Bool) in
      if whenFull == .refused && contents.lineCount(for: limits.workers) >= limits.waiting {
        let (running, waiting) = (contents.running.count, contents.waiting.count)
        return (.refused(running: running, waiting: waiting), false)
      }
      contents.lastNumber += 1
      let number = contents.lastNumber
      contents.append(
        Job(number: number, label: label, body: body, whenFull: whenFull, ticket: ticket))
      if contents.idleWorkers > 0 {
        contents.idleWorkers -= 1
        return (.accepted(number), true)
      }
      if contents.workers < limits.workers {
        contents.workers += 1
        return (.needsWorker(number, worker: contents.workers), false)
      }
      return (.accepted(number), false)
    }
    if wakes { ring(1) }
    return admission
  }

  /// A worker that was asked for could not be started.
  ///
  /// - Returns: whether another one is there to do its work; if not, the work is taken back.
  func noteMissingWorker(for number: UInt64) -> Bool {
    let (hasOthers, dropped) = ledger.withLock { contents -> (Bool, Job?) in
      contents.workers -= 1
      if contents.workers > 0 { return (true, nil) }
      return (false, contents.takeBack(number))
    }
    // Outside the lock, since what it captures may do anything as it goes.
    _ = consume dropped
    return hasOthers
  }

  /// The caller of work `number` wants to leave.
  func leave(_ number: UInt64) -> Progress {
    let (progress, dropped) = ledger.withLock { contents -> (Progress, Job?) in
      if let job = contents.takeBack(number) { return (.takenBack, job) }
      if contents.running[number] == nil { return (.ended, nil) }
      contents.running[number]?.ticket = nil
      return (.running, nil)
    }
    // As above.
    _ = consume dropped
    return progress
  }

  /// The caller of work `number` waits on with another ticket.
  ///
  /// - Returns: whether there is something to wait for.
  func stay(_ number: UInt64, _ ticket: WakeTicket) -> Bool {
    ledger.withLock { contents in
      contents.running[number]?.ticket = ticket
      return contents.running[number] != nil
    }
  }

  /// Sends the workers home, once each has ended what it does.
  func close() {
    let workers = ledger.withLock { contents in
      contents.handle = nil
      return contents.workers
    }
    ring(UInt64(workers))
  }

  // MARK: - For workers

  /// What worker `index` does from its start to its end.
  func serve(_ index: Int) {
    while let number = runNext(on: index) { noteEnd(of: number) }
  }

  /// Runs one piece of work, and lets go of all that it captures.
  ///
  /// - Returns: its number; nil when the pool ends.
  private func runNext(on index: Int) -> UInt64? {
    while true {
      let (job, isClosed) = ledger.withLock { contents in
        let job = contents.handle == nil ? nil : contents.takeFirst(for: index)
        if job == nil { contents.idleWorkers += 1 }
        return (job, contents.handle == nil)
      }
      if isClosed { return nil }
      if let job {
        job.body()
        return job.number
      }
      waitForBell()
    }
  }

  private func noteEnd(of number: UInt64) {
    let (handle, ticket) = ledger.withLock { contents in
      let ticket = contents.running.removeValue(forKey: number)?.ticket
      return (contents.handle, ticket)
    }
    if let handle, let ticket { handle.wake(ticket) }
  }

  private func waitForBell() {
    do {
      _ = try bell.take()
    } catch {
      fatalError("a worker cannot wait for work: \(error)")
    }
  }

  private func ring(_ count: UInt64) {
    guard count > 0 else { return }
    do {
      try bell.add(count)
    } catch {
      fatalError("a worker cannot be woken: \(error)")
    }
  }
}
