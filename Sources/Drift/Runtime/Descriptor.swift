public import CoreShift
internal import GreenThreads

/// A descriptor that green threads can wait for.
///
/// It owns its number, is registered once for both directions, and remembers readiness until it is
/// used: an edge that comes while nobody waits is replayed to the next who would wait. One green
/// thread may wait to read and one to write; another one may ``close()`` it meanwhile.
public final class Descriptor {
  /// What a short read says.
  enum ShortRead {
    /// Nothing: only would-block tells that all is read. Data stays behind a short read without
    /// another edge where descriptors are passed, around urgent data, and on terminals.
    case meansNothing
    /// All is read, so that the next read may wait first. Holds on a TCP socket that this library
    /// connected or accepted, while neither half-close nor urgent data was reported.
    case meansDrained
  }

  /// Who closes the number.
  private enum Ownership { case owned, borrowed }

  /// The number, for reports and for calls that this class has not; -1 once closed.
  public private(set) var rawValue: Int32
  private let events: ReactorEvents
  private let ownership: Ownership
  private var token: Token?
  private var reading = Direction()
  private var writing = Direction()
  /// Hang-up or error: from now on both directions always count as ready.
  private var isBroken = false
  private var shortRead: ShortRead
  /// The last read was short, and that means that there is no more.
  private var isDrained = false
  /// Bytes moved since it last parked or let others run.
  private var bytesThisTurn = 0

  /// After so many bytes in one turn, an always-ready descriptor lets others run.
  private static let bytesPerTurn = 64 << 10

  /// Adopts an open descriptor, which must be non-blocking, and registers it.
  ///
  /// - Throws: `CoreError` of `epoll_ctl_add`; the descriptor is closed then.
  public convenience init(adopting descriptor: consuming Fd) throws {
    try self.init(adopting: descriptor, shortRead: .meansNothing)
  }

  init(adopting descriptor: consuming Fd, shortRead: ShortRead) throws(CoreError) {
    events = ReactorEvents.current(for: "Descriptor(adopting:)")
    self.shortRead = shortRead
    ownership = .owned
    rawValue = descriptor.release()
    try register()
  }

  /// Waits for a number that somebody else owns and keeps open.
  init(watching rawValue: Int32) throws(CoreError) {
    events = ReactorEvents.current(for: "parkRead(rawDescriptor:)")
    shortRead = .meansNothing
    ownership = .borrowed
    self.rawValue = rawValue
    try register()
  }

  private func register() throws(CoreError) {
    token = try Fd.borrowing(rawValue) { descriptor throws(CoreError) in
      try events.register(
        descriptor, for: [.reading, .writing, .priority], target: .descriptor(self))
    }
  }

  deinit {
    end()
  }

  /// Whether ``close()`` has been called.
  public var isClosed: Bool { rawValue < 0 }

  /// Ends the resource: whoever is parked on it, and every later call, gets `ResourceClosed`.
  ///
  /// Again: no effect. Does not park.
  public func close() {
    end()
    reading.waiter?.wake(.closed)
    writing.waiter?.wake(.closed)
  }

  private func end() {
    guard rawValue >= 0 else { return }
    if let token { events.unregister(token) }
    token = nil
    if ownership == .owned, let descriptor = try? Fd(adopting: rawValue) { _ = consume descriptor }
    rawValue = -1
  }

  func note(_ event: Event) {
    if event.isHangup || event.isError { isBroken = true }
    if event.isPeerClosed || event.isPriority { shortRead = .meansNothing }
    if event.isReadable || event.isPriority || event.isPeerClosed { reading.note() }
    if event.isWritable { writing.note() }
  }

  /// Parks until the next edge for reading; one that nobody has used yet counts.
  func waitToRead() throws {
    let ticket = try reading.begin(self, isReady: isBroken, "reading")
    isDrained = false
    guard let ticket else { return }
    try wait(ticket, for: ParkReason("to read descriptor", Int64(rawValue))) {
      $0.reading.waiter = nil
    }
  }

  /// Parks until the next edge for writing; one that nobody has used yet counts.
  func waitToWrite() throws {
    guard let ticket = try writing.begin(self, isReady: isBroken, "writing") else { return }
    try wait(ticket, for: ParkReason("to write descriptor", Int64(rawValue))) {
      $0.writing.waiter = nil
    }
  }

  @inline(__always)
  private func wait(
    _ ticket: WakeTicket, for reason: ParkReason, then leave: (Descriptor) -> Void
  ) throws {
    bytesThisTurn = 0
    events.waiterCount += 1
    defer {
      events.waiterCount -= 1
      leave(self)
    }
    if try GreenThread.park(ticket, for: reason) == .closed { throw closedError() }
  }

  /// Lends the descriptor for a call that does not wait.
  func withDescriptor<Value: ~Copyable>(
    _ call: (borrowing Fd) throws(CoreError) -> Value
  ) throws -> Value {
    if rawValue < 0 { throw closedError() }
    return try Fd.borrowing(rawValue, call)
  }

  // MARK: - The one shape of every operation

  /// Tries `call`; would-block: parks, and again; else returns what it moved. Nil means the end.
  @inline(__always)
  func readLoop(
    upTo capacity: Int,
    _ call: (borrowing Fd) throws(CoreError) -> ReadOutcome
  ) throws -> Int? {
    try GreenThread.checkCancellation()
    if reading.waiter != nil { throw busyError(reading, "reading") }
    while true {
      if rawValue < 0 { throw closedError() }
      if isDrained && !reading.hasEdge { try waitToRead() }
      switch try Fd.borrowing(rawValue, call) {
      case .bytes(let count):
        isDrained = count < capacity && shortRead == .meansDrained
        letOthersRun(after: count)
        return count
      case .end: return nil
      case .wouldBlock: try waitToRead()
      }
    }
  }

  /// Like ``readLoop(upTo:_:)``, for writing.
  @inline(__always)
  func writeLoop(
    _ call: (borrowing Fd) throws(CoreError) -> WriteOutcome
  ) throws -> Int {
    try GreenThread.checkCancellation()
    if writing.waiter != nil { throw busyError(writing, "writing") }
    while true {
      if rawValue < 0 { throw closedError() }
      switch try Fd.borrowing(rawValue, call) {
      case .bytes(let count):
        letOthersRun(after: count)
        return count
      case .wouldBlock: try waitToWrite()
      }
    }
  }

  @inline(__always)
  private func letOthersRun(after count: Int) {
    bytesThisTurn += count
    if bytesThisTurn >= Self.bytesPerTurn {
      bytesThisTurn = 0
      GreenThread.yield()
    }
  }

  private func closedError() -> ResourceClosed {
    ResourceClosed("a descriptor")
  }

  fileprivate func busyError(_ direction: Direction, _ verb: String) -> ResourceBusy {
    let holder = direction.waiter?.holder ?? "nobody"
    return ResourceBusy("\(verb) descriptor \(rawValue)", holder: "green thread \(holder)")
  }
}

/// What one direction of a descriptor knows.
private struct Direction {
  var waiter: WakeTicket?
  /// An edge came while nobody waited.
  var hasEdge = false

  /// Takes an edge in. A waiter whose ticket is used runs for another reason: then the edge is kept
  /// for the next.
  @inline(__always)
  mutating func note() {
    if waiter?.wake() != true { hasEdge = true }
  }

  /// The ticket to park with; nil when there is no need to.
  @inline(__always)
  mutating func begin(
    _ descriptor: Descriptor, isReady: Bool, _ verb: String
  ) throws -> WakeTicket? {
    if waiter != nil { throw descriptor.busyError(self, verb) }
    try GreenThread.checkCancellation()
    if hasEdge || isReady {
      hasEdge = false
      return nil
    }
    let ticket = WakeTicket()
    waiter = ticket
    return ticket
  }
}
