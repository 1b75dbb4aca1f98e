internal import CoreShift
internal import GreenThreads

/// A listener as a source of a select.
///
/// Only taking somebody tells whether there is somebody: who was there when the kernel was asked
/// may have gone again, and then accepting would wait, past all other branches. So the source takes
/// a connection to see whether it is ready, and leaves it with the listener for who asks next.
final class AcceptSource<Accepted: AcceptedConnection>: SelectSource {
  private let socket: ListeningSocket
  private let takeNext: (borrowing Fd) throws(CoreError) -> Accepted?
  private var ticket: WakeTicket?
  private var failure: (any Error)?
  private var pause = GrowingPause(from: .milliseconds(5), to: .milliseconds(200))
  /// When to try again after a shortage.
  private(set) var deadline: Instant?

  init(
    _ socket: ListeningSocket, _ takeNext: @escaping (borrowing Fd) throws(CoreError) -> Accepted?
  ) {
    self.socket = socket
    self.takeNext = takeNext
  }

  /// An error counts as ready, as does the end; both are told if the branch is taken.
  var isReady: Bool {
    let isOver = socket.descriptor.isClosed || socket.stopped.isOpen
    if let deadline, deadline > .now, !isOver { return false }
    deadline = nil
    failure = nil
    if socket.kept != nil || socket.descriptor.isClosed { return true }
    // Somebody waits in `accept`, who is not to be overtaken: enlisting says so.
    if (try? socket.requireNobodyAccepts()) == nil { return false }
    do {
      socket.kept = try socket.takeNow(takeNext)
      return socket.kept != nil || socket.stopped.isOpen
    } catch let error as CoreError where error.isShortage {
      socket.onShortage?(error)
      deadline = .now.advanced(by: pause.take())
      return false
    } catch {
      failure = error
      return true
    }
  }

  func take() throws -> Accepted {
    if let failure { throw failure }
    return try socket.next(takeNext)
  }

  func enlist(_ ticket: WakeTicket) throws {
    requireNoSelect(holding: self.ticket)
    try socket.requireNobodyAccepts()
    try socket.descriptor.enlist(ticket, .reading)
    self.ticket = ticket
  }

  func withdraw() -> Bool {
    if let ticket { socket.descriptor.withdraw(ticket, .reading) }
    ticket = nil
    return false
  }
}
