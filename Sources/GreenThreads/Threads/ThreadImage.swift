internal import CGreenThreads

/// What a report reads of one green thread, copied as it stands.
///
/// Plain bytes and no strings: it is filled in while an OS thread is held that may have been
/// stopped in the middle of anything, also of an allocation.
// SAFETY: the label's file name is a static string's; the rest is numbers.
@safe
struct ThreadImage {
  var serial: UInt64
  /// Whose green thread opened the scope that it was spawned into; 0 for the main one.
  var parent: UInt64
  var phase: ThreadRecord.Phase
  var isRunning: Bool
  var isCancelled: Bool
  var reason: ParkReason
  var spawnedAt: Instant
  var stoppedAt: Instant
  var deadline: Instant
  /// Who waits to join it; 0 for nobody.
  var joiner: UInt64
  /// Who waits for it and its siblings to end; 0 for nobody.
  var closer: UInt64
  /// Who holds what it waits for; 0 for nobody.
  var holder: UInt64
  var frameCount = 0
  private var label: cgreenthreads_label

  init(of thread: ThreadReference, isRunning: Bool) {
    let home = thread.it.home
    serial = thread.it.serial
    parent = home.it.owner?.it.serial ?? 0
    phase = thread.it.phase
    self.isRunning = isRunning
    isCancelled = thread.it.cancelledBy != 0
    // Of one that is about to park it may be half written.
    let isParked = phase == .parked && !isRunning
    reason = isParked || phase == .delayed ? thread.it.reason : .yielding
    // What it points to lives at least until that wait has ended.
    holder = isParked ? thread.it.holder?.it ?? 0 : 0
    spawnedAt = thread.it.spawnedAt
    // One that has not parked yet has what an earlier owner of the record left there.
    stoppedAt = max(thread.it.spawnedAt, thread.it.stoppedAt)
    deadline = thread.it.nextDeadline
    joiner = Self.waiter(thread.it.joiner)
    closer = Self.waiter(home.it.closer)
    unsafe label = thread.it.label
  }

  /// Of one that is to begin later, and has no record of its own.
  init(of delayed: DelayedReference) {
    let home = delayed.it.home
    serial = delayed.it.serial
    parent = home.it.owner?.it.serial ?? 0
    phase = .delayed
    isRunning = false
    isCancelled = false
    reason = .delayed
    holder = 0
    spawnedAt = delayed.it.spawnedAt
    stoppedAt = spawnedAt
    deadline = delayed.it.start
    joiner = 0
    closer = Self.waiter(home.it.closer)
    unsafe label = delayed.it.label
  }

  private static func waiter(_ ticket: WakeTicket?) -> UInt64 {
    guard let ticket, ticket.isParkedOn else { return 0 }
    return unsafe ticket.thread.it.serial
  }

  var name: String { unsafe ThreadRecord.name(in: label) }
  var spawnSite: String { unsafe ThreadRecord.spawnCallSite(in: label).description }
}

extension WakeTicket {
  /// Whether its green thread is in the very park that the ticket is for.
  var isParkedOn: Bool {
    unsafe thread.it.epoch == epoch && thread.it.phase == .parked
  }
}
