internal import CoreShift
internal import GreenThreads

extension GrowingPause {
  /// Parks for this pause; who has `ticket` may end it.
  mutating func park(_ ticket: WakeTicket = WakeTicket(), for reason: ParkReason) throws {
    try GreenThread.park(ticket, for: reason, until: .now.advanced(by: take()))
  }
}
