internal import CoreShift
internal import GreenThreads

/// What a ``ListeningSocket`` takes: it comes unregistered.
protocol AcceptedConnection: Connection {
  var descriptor: Descriptor { get }
}

extension TCPStream: AcceptedConnection {}
extension UnixStream: AcceptedConnection {}
extension UnixPacketSocket: AcceptedConnection {}

/// What all listeners are made of: a socket that takes connections, whatever happens.
final class ListeningSocket {
  let descriptor: Descriptor
  /// The file of a Unix socket, which goes with it.
  private let file: SocketFile?
  /// Open once no more than those who have come are taken.
  let stopped = Gate(label: "a listener's stop")
  /// Who waits until there are descriptors or memory again.
  private var paused: WakeTicket?
  var onShortage: ((CoreError) -> Void)?
  /// A connection that a select has taken from the kernel, and whose branch it has not taken.
  var kept: (any Connection)?
  /// One that was taken from the kernel, which had no means then to watch it.
  private var unwatched: (any AcceptedConnection)?
  /// How many may still be taken, once it is stopped.
  private var rest: Int?
  /// How many may wait in the kernel's queue at most; nil where that is not known.
  private let capacity: Int?

  /// The socket must be non-blocking, and listen; with which backlog, if that is known.
  init(_ socket: consuming Fd, backlog: Int32? = nil, file: SocketFile? = nil) throws {
    self.file = file
    // The kernel lets one more in, and takes a negative number for a large one.
    capacity = backlog.flatMap { $0 < 0 ? nil : Int($0) + 1 }
    do {
      descriptor = try Descriptor(adopting: socket)
    } catch {
      _ = try? file?.remove()
      throw error
    }
  }

  deinit { close() }

  /// Tries `take` until it gives something; nil means that nobody has come, and parks.
  ///
  /// Being short of descriptors or memory is no end: those who come stay in the kernel's queue, and
  /// the next try is made after a pause.
  func next<Accepted: AcceptedConnection>(
    _ take: (borrowing Fd) throws(CoreError) -> Accepted?
  ) throws -> Accepted {
    try GreenThread.checkCancellation()
    if let first = kept as? Accepted {
      kept = nil
      // As below.
      descriptor.letOthersRun(after: 1)
      return first
    }
    try requireNobodyAccepts()
    var pause = GrowingPause(from: .milliseconds(5), to: .milliseconds(200))
    while true {
      do {
        if let accepted = try takeNow(take) {
          // Clients that connect without a pause must not keep those from running that serve them.
          descriptor.letOthersRun(after: 1)
          return accepted
        }
        if stopped.isOpen { close() }
        try descriptor.waitForMoreToRead()
      } catch let error as CoreError where error.isShortage {
        onShortage?(error)
        let ticket = WakeTicket()
        paused = ticket
        defer { paused = nil }
        try pause.park(
          ticket,
          for: ParkReason(
            "for what accepting needs, on descriptor",
            Int64(descriptor.rawValue)))
      }
    }
  }

  /// Throws `ResourceBusy` while another green thread waits, or pauses: it would be overtaken.
  func requireNobodyAccepts() throws {
    try descriptor.requireNoReader()
    if let paused, !descriptor.isClosed {
      throw ResourceBusy(
        "reading descriptor \(descriptor.rawValue)", holder: "green thread \(paused.holder)")
    }
  }

  /// Takes who has come, nil for nobody; behind the last who may be taken it closes the socket.
  func takeNow<Accepted: AcceptedConnection>(
    _ take: (borrowing Fd) throws(CoreError) -> Accepted?
  ) throws -> Accepted? {
    let next = try unwatched as? Accepted ?? descriptor.withDescriptor(take)
    guard let accepted = next else { return nil }
    do {
      try accepted.descriptor.requireRegistered()
    } catch {
      // It is the caller's no less than one that is still in the queue.
      unwatched = error.isShortage ? accepted : nil
      throw error
    }
    if unwatched != nil { unwatched = nil }
    if let count = rest {
      rest = count - 1
      if count <= 1 { closeSocket() }
    }
    return accepted
  }

  func stop() {
    // Counted now: the queue of those who come again and again need never be empty.
    if rest == nil {
      let waiting = try? descriptor.withDescriptor { Socket.backlogCount(of: $0) }
      rest = waiting.flatMap(\.self) ?? capacity
      if let count = rest, unwatched != nil { rest = count + 1 }
    }
    stopped.open()
    if rest == 0 { return closeSocket() }
    descriptor.wakeReader()
    paused?.wake()
  }

  func close() {
    kept?.close()
    kept = nil
    unwatched?.close()
    unwatched = nil
    stopped.open()
    closeSocket()
  }

  private func closeSocket() {
    // Before the socket is closed: else somebody may find the path dead, and replace it, between.
    if !descriptor.isClosed { _ = try? file?.remove() }
    descriptor.close()
    paused?.wake(.closed)
  }
}

extension CoreError {
  /// Whether it says that this process or system has too much open, and nothing about a connection.
  var isShortage: Bool {
    switch code {
    case .tooManyOpenFiles, .systemFileTableFull, .outOfMemory, .noBufferSpace, .noSpace: true
    default: false
    }
  }
}
