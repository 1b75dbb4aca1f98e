/// Who may be in a limited scope, and who waits to be let in: first come, first served.
///
/// A place that becomes free is handed to the first who waits, so nobody who comes later overtakes
/// him; there is room only when nobody waits.
final class Admission {
  private let limit: Int
  private var room: Int
  private(set) var waiting: [WakeTicket] = []
  /// The first of `waiting` that has not been let in.
  private var head = 0
  /// How many of those that wait have been cancelled: their tickets are void.
  private var withdrawn = 0

  init(limit: Int) {
    self.limit = limit
    room = limit
  }

  /// Takes a place if there is one.
  func enterIfRoom() -> Bool {
    if room == 0 { return false }
    room -= 1
    return true
  }

  /// Takes a place, and parks until there is one.
  func enter(_ scope: ScopeReference) throws {
    let (thread, scheduler) = currentThread(for: "spawn into a limited scope")
    try throwIfCancelled(thread)
    if enterIfRoom() { return }
    let ticket = WakeTicket(for: thread)
    waiting.append(ticket)
    scheduler.it.counters.admissionParks &+= 1
    do {
      try GreenThread.park(ticket, for: ParkReason("for room in a scope with limit", Int64(limit)))
    } catch {
      withdrawn += 1
      if withdrawn > (waiting.count - head) / 2 { dropWithdrawn() }
      throw error
    }
    scope.it.liveChildren &-= 1
  }

  /// Gives a place in `scope` back.
  ///
  /// Whoever is let in counts as one of its green threads at once: it must not end before he has
  /// spawned.
  func leave(_ scope: ScopeReference) {
    while head < waiting.count {
      let next = waiting[head]
      head += 1
      if head > waiting.count / 2 { dropWithdrawn() }
      if next.isGood && next.wake() {
        scope.it.liveChildren &+= 1
        return
      }
    }
    room += 1
  }

  /// Keeps those who still wait, in their order: each is moved once for one that has gone.
  private func dropWithdrawn() {
    waiting.removeFirst(head)
    waiting.removeAll { !$0.isGood }
    head = 0
    withdrawn = 0
  }
}
