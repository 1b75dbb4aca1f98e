internal import CoreShift
internal import GreenThreads

/// The pool of one `run`: its OS threads, and the green threads that wait for them.
///
/// On the scheduler's OS thread. Nothing of it is there before the first blocking work.
final class BlockingPool {
  private let queue: JobQueue
  private let limits: OffloadLimits
  private unowned let events: ReactorEvents
  private var workers: [(index: Int, thread: OwnedThread)] = []

  static let longestLabel = 32

  init(_ limits: OffloadLimits, for events: ReactorEvents) throws(CoreError) {
    queue = try JobQueue(limits)
    self.limits = limits
    self.events = events
  }

  /// How many pieces of work run, and how many wait for a worker.
  var counts: (running: Int, waiting: Int) { queue.counts }

  /// Has a worker run `body`, and parks until it has.
  func run(
    _ name: String, _ whenFull: OffloadSaturation, _ whenCancelled: OffloadCancellation,
    _ body: @escaping @Sendable () -> Void
  ) throws {
    let ticket = WakeTicket()
    let number: UInt64
    switch queue.offer(Self.label(name), ticket, whenFull, body) {
    case .accepted(let accepted): number = accepted
    case .needsWorker(let accepted, let worker):
      number = accepted
      try startWorker(worker, for: number)
    case .refused(let running, let waiting):
      throw ResourceBusy(
        "the pool of OS threads for blocking work",
        holder: "\(running) that run and \(waiting) that wait")
    }
    events.waiterCount.it += 1
    defer { events.waiterCount.it -= 1 }
    let reason = ParkReason("for blocking work", Int64(number))
    do {
      try GreenThread.park(ticket, for: reason)
    } catch {
      try end(number, reason, whenCancelled, becauseOf: error)
    }
  }

  /// What a cancelled caller does: returns when there is an outcome, else throws `error`.
  private func end(
    _ number: UInt64, _ reason: ParkReason, _ whenCancelled: OffloadCancellation,
    becauseOf error: any Error
  ) throws {
    switch queue.leave(number) {
    case .ended: return
    case .takenBack: throw error
    case .running where whenCancelled == .leaves: throw error
    case .running:
      let ticket = WakeTicket()
      if queue.stay(number, ticket) {
        GreenThread.parkThroughCancellation(ticket, for: reason)
      }
    }
  }

  private func startWorker(_ index: Int, for number: UInt64) throws {
    do {
      let (queue, ledger) = (queue, queue.ledger)
      let thread = try OwnedThread.start(
        name: "drift-pool-\(index)", purpose: "run blocking work",
        activity: { ledger.activity(of: index) }, { queue.serve(index) })
      workers.append((index, thread))
    } catch {
      if !queue.noteMissingWorker(for: number) { throw error }
    }
  }

  /// Ends the workers; those that are still busy when the budget is spent are left behind, and
  /// reported.
  ///
  /// Blocks the OS thread. No green thread is left then, so nobody waits for what they do.
  func finish() {
    queue.close()
    let end = Instant.monotonicNow.advanced(by: limits.endBudget)
    for (index, thread) in workers {
      if thread.join(within: Instant.monotonicNow.duration(to: end)) { continue }
      let label = queue.ledger.activity(of: index)
      thread.abandon()
      if let label { limits.onAbandoned?(AbandonedWork(name: label, thread: thread.name)) }
    }
    workers = []
  }

  /// At most 32 bytes of `name`, cut between characters.
  static func label(_ name: String) -> String {
    String(name.cut(toBytes: longestLabel))
  }
}
