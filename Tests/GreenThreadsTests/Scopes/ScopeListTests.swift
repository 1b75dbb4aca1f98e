import TestSupport
import Testing

@testable import GreenThreads

/// The children of a scope stand in one list, and a child that ends leaves it from any place: what
/// an end costs must not depend on how many there are, nor on the order in which they end.
@Suite struct ScopeListTests {
  @Test func `a child that ends looks at its two neighbours, among a hundred thousand`() throws {
    let count = isSanitized ? 2_000 : 100_000
    // A step that has no common divisor with the count visits all of them, in wild order.
    let step = 61_803
    try onVirtualTime {
      try withScope { scope in
        var tickets = [WakeTicket?](repeating: nil, count: count)
        for number in 0..<count {
          scope.spawn {
            let ticket = WakeTicket()
            tickets[number] = ticket
            try GreenThread.park(ticket, for: ParkReason("for its turn to end"))
          }
        }
        GreenThread.yield()
        var torn = 0
        for turn in 0..<count {
          guard let ticket = tickets[turn * step % count] else { continue }
          let isWhole = withTheRestCutOff(ticket, in: scope) {
            ticket.wake()
            GreenThread.yield()
          }
          if !isWhole { torn += 1 }
        }
        #expect(torn == 0, "\(torn) ends left the list torn")
        #expect(scope.childCount == 0)
      }
    }
  }

  /// Runs `end`, in which the holder of `ticket` ends, while nobody but its neighbours can be
  /// reached from it or from the scope: a search, from whichever end, would not find it.
  ///
  /// - Returns: whether the neighbours have become each other's.
  private func withTheRestCutOff(
    _ ticket: WakeTicket, in scope: Scope, _ end: () -> Void
  ) -> Bool {
    let home = scope.scope
    let (previous, next) = unsafe (ticket.thread.it.previousSibling, ticket.thread.it.nextSibling)
    let (before, after) = (previous?.it.previousSibling, next?.it.nextSibling)
    let first = home.it.firstChild
    if previous != nil { home.it.firstChild = nil }
    previous?.it.previousSibling = nil
    next?.it.nextSibling = nil
    end()
    let isNext = previous.map { $0.it.nextSibling == next } ?? (home.it.firstChild == next)
    let isPrevious = next.map { $0.it.previousSibling == previous } ?? true
    previous?.it.previousSibling = before
    next?.it.nextSibling = after
    if previous != nil { home.it.firstChild = first }
    return isNext && isPrevious
  }
}
