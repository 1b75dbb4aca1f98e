public import CoreShift
internal import GreenThreads

/// A descriptor that green threads can wait for.
///
/// It owns its number, is registered once, for both directions and no later than it has to be
/// waited for, and remembers readiness until it is used: an edge that comes while nobody waits is
/// replayed to the next who would wait. One green thread may wait to read and one to write; another
/// one may ``close()`` it meanwhile.
public final class Descriptor {
  /// Another one once this was closed on another OS thread: the loop keeps the first to its end.
  @safe @exclusivity(unchecked) private(set) var state: Cell<DescriptorState>
  let events: ReactorEvents
  private let ownership: DescriptorState.Ownership

  /// The number, for reports and for calls that this class has not; -1 once closed.
  public var rawValue: Int32 { state.it.number }

  /// After so many bytes in one turn, an always-ready descriptor lets others run.
  private static let bytesPerTurn = 64 << 10
  /// After so many such turns, 512 KiB, the kernel is asked who else is ready.
  ///
  /// Both ends of a connection may be on this scheduler. What the one writes is then still in the
  /// processor's cache when the other reads it; a TCP socket would take 4 MiB before anybody asks.
  private static let turnsBetweenPolls = 8
  /// A call that moves less counts as this much, since its cost is the call.
  private static let leastBytesPerCall = 1 << 10

  /// Adopts an open descriptor, which must be non-blocking, and registers it.
  ///
  /// - Throws: `CoreError` of `epoll_ctl_add`: EINVAL for a blocking descriptor, EPERM for a
  ///   regular file, which is always ready; the descriptor is closed then.
  public convenience init(adopting descriptor: consuming Fd) throws {
    if try descriptor.blockingMode == .blocking {
      throw CoreError(
        operation: "epoll_ctl_add", code: .invalidArgument,
        subject: .descriptor(descriptor.rawValue))
    }
    try self.init(adopting: descriptor, shortRead: .meansNothing)
  }

  init(adopting descriptor: consuming Fd, shortRead: DescriptorState.ShortRead) throws(CoreError) {
    events = ReactorEvents.current(for: "Descriptor(adopting:)")
    ownership = .owned
    state = Cell(DescriptorState(number: descriptor.release(), shortRead: shortRead))
    try register()
  }

  /// Adopts a descriptor that may never have to be waited for, and registers it when it is.
  init(
    adoptingUnregistered descriptor: consuming Fd,
    shortRead: DescriptorState.ShortRead = .meansNothing
  ) {
    events = ReactorEvents.current(for: "Descriptor(adopting:)")
    ownership = .owned
    state = Cell(DescriptorState(number: descriptor.release(), shortRead: shortRead))
  }

  /// Waits for a number that somebody else owns and keeps open.
  init(watching rawValue: Int32) throws(CoreError) {
    events = ReactorEvents.current(for: "parkRead(rawDescriptor:)")
    ownership = .borrowed
    state = Cell(DescriptorState(number: rawValue, shortRead: .meansNothing))
    try register()
  }

  /// Registers it, if it is not; what was ready before is told again.
  @inline(__always)
  func requireRegistered() throws(CoreError) {
    if state.it.token == nil { try register() }
  }

  @inline(never)
  private func register() throws(CoreError) {
    state.it.token = try Fd.borrowing(rawValue) { descriptor throws(CoreError) in
      try events.register(
        descriptor, for: [.reading, .writing, .priority], target: .descriptor(state))
    }
  }

  deinit {
    end()
    state.destroy()
  }

  /// Whether ``close()`` has been called.
  public var isClosed: Bool { rawValue < 0 }

  /// Ends the resource: whoever is parked on it, and every later call, gets `ResourceClosed`.
  ///
  /// Again: no effect. Does not park. On another OS thread than the scheduler's, where a stream may
  /// have been sent, the loop closes the number when its turn comes.
  public func close() {
    end()
    state.it.wakeAll()
  }

  private func end() {
    guard rawValue >= 0 else { return }
    guard events.isHere else { return endElsewhere() }
    if let token = state.it.token { events.unregister(token, isOurs: ownership == .owned) }
    state.it.token = nil
    state.it.closeNumber(ownership)
  }

  /// Gives the number up, open and unregistered, as if this had been closed.
  func release() throws -> Fd {
    if rawValue < 0 { throw closedError() }
    events.requireHere(for: "a descriptor is taken over")
    let number = rawValue
    if let token = state.it.token { events.unregister(token) }
    state.it.token = nil
    state.it.number = -1
    state.it.wakeAll()
    return try Fd(adopting: number)
  }

  /// Leaves everything to the loop, which may be noting an event there, and keeps nothing.
  func takeState() -> (Cell<DescriptorState>, DescriptorState.Ownership) {
    defer { state = Cell(DescriptorState(number: -1, shortRead: .meansNothing)) }
    return (state, ownership)
  }

  /// Parks until the next edge for reading; one that nobody has used yet counts.
  func waitToRead() throws {
    events.requireHere(for: "waiting to read a descriptor")
    if rawValue < 0 { throw closedError() }
    try requireRegistered()
    let isReady = try state.it.reading.begin(self, "reading")
    state.it.isDrained = false
    if isReady { return letOthersSee(state.it.reading) }
    let place = unsafe state.place(of: &state.it.reading.waiter)
    try unsafe wait(in: place, for: "to read descriptor")
  }

  /// Parks until the next edge for writing; one that nobody has used yet counts.
  func waitToWrite() throws {
    events.requireHere(for: "waiting to write a descriptor")
    if rawValue < 0 { throw closedError() }
    try requireRegistered()
    let isReady = try state.it.writing.begin(self, "writing")
    state.it.isFull = false
    if isReady { return letOthersSee(state.it.writing) }
    let place = unsafe state.place(of: &state.it.writing.waiter)
    try unsafe wait(in: place, for: "to write descriptor")
  }

  /// Parks after a read that would have blocked: whatever was noted before that read is void.
  func waitForMoreToRead() throws {
    state.it.reading.forget()
    try waitToRead()
  }

  /// Parks after a write that would have blocked: whatever was noted before that write is void.
  func waitForRoomToWrite() throws {
    state.it.writing.forget()
    try waitToWrite()
  }

  /// Lets the green thread that is parked to read, if any, go on as if there were something.
  func wakeReader() {
    state.it.reading.waiter?.wake()
  }

  /// Lets the green thread that is parked to write, if any, try again.
  func wakeWriter() {
    state.it.writing.waiter?.wake()
  }

  /// A hang-up never parks: whoever waits again and again without reading still starves nobody.
  private func letOthersSee(_ direction: Direction) {
    if direction.isBroken { GreenThread.yield() }
  }

  /// Parks, with the ticket where events look for it.
  @inline(__always)
  private func wait(
    in place: UnsafeMutablePointer<WakeTicket?>, for text: StaticString
  ) throws {
    // SAFETY: the place is in `state`, which lives as long as this object, and the caller keeps it.
    state.it.bytesThisTurn = 0
    events.waiterCount.it += 1
    defer { events.waiterCount.it -= 1 }
    let cause = try unsafe GreenThread.park(in: place, for: text, Int64(rawValue))
    if cause == .closed { throw closedError() }
  }

  /// Lends the descriptor for a call that does not wait.
  func withDescriptor<Value: ~Copyable>(
    _ call: (borrowing Fd) throws(CoreError) -> Value
  ) throws -> Value {
    if rawValue < 0 { throw closedError() }
    return try Fd.borrowing(rawValue, call)
  }

  // MARK: - The one shape of every operation

  /// Tries `call`; would-block: parks, and again; else returns what it moved.
  ///
  /// Nil means the end.
  @inline(__always)
  func readLoop(
    upTo capacity: Int,
    _ call: (borrowing Fd) throws(CoreError) -> ReadOutcome
  ) throws -> Int? {
    // A park looks for a cancellation by itself.
    let mustPark = state.it.isDrained && !state.it.reading.hasEdge && rawValue >= 0
    if !mustPark || state.it.reading.waiter != nil { try GreenThread.checkCancellation() }
    if state.it.reading.waiter != nil { throw busyError(state.it.reading, "reading") }
    while true {
      if rawValue < 0 { throw closedError() }
      if state.it.isDrained && !state.it.reading.hasEdge { try waitToRead() }
      switch try Fd.borrowing(rawValue, call) {
      case .bytes(let count):
        state.it.isDrained = count < capacity && state.it.shortRead == .meansDrained
        noteRead(count)
        return count
      case .end: return nil
      case .wouldBlock: try waitForMoreToRead()
      }
    }
  }

  /// Like ``readLoop(upTo:_:)``, for writing.
  ///
  /// `count` is how much there is to write. Less than that says that there is no more room, on a
  /// socket where a short read means "drained" too: TCP announces it when there is room again, and
  /// when there never will be. A Unix socket keeps to itself that nobody will read, until somebody
  /// tries to write. Zero for what is no stream socket.
  @inline(__always)
  func writeLoop(
    of count: Int = 0, _ call: (borrowing Fd) throws(CoreError) -> WriteOutcome
  ) throws -> Int {
    try GreenThread.checkCancellation()
    if state.it.writing.waiter != nil { throw busyError(state.it.writing, "writing") }
    while true {
      if rawValue < 0 { throw closedError() }
      if state.it.isFull && !state.it.writing.hasEdge { try waitToWrite() }
      switch try Fd.borrowing(rawValue, call) {
      case .bytes(let written):
        state.it.isFull = written < count && state.it.shortRead == .meansDrained
        noteWritten(written)
        return written
      case .wouldBlock: try waitForRoomToWrite()
      }
    }
  }

  /// Reads what is there, without waiting and without a look at cancellation.
  func readNow(
    _ call: (borrowing Fd) throws(CoreError) -> ReadOutcome
  ) throws -> ReadOutcome {
    let outcome = try withDescriptor(call)
    switch outcome {
    case .bytes(let count): noteRead(count)
    case .end: break
    case .wouldBlock: state.it.reading.forget()
    }
    return outcome
  }

  /// Ends the turn of a green thread that has moved much, or done much, without ever parking.
  @inline(__always)
  func letOthersRun(after count: Int) {
    state.it.bytesThisTurn += max(count, Self.leastBytesPerCall)
    if state.it.bytesThisTurn >= Self.bytesPerTurn { endTurn() }
  }

  @inline(never)
  private func endTurn() {
    state.it.bytesThisTurn = 0
    events.turnsSincePoll.it += 1
    if events.turnsSincePoll.it < Self.turnsBetweenPolls { return GreenThread.yieldToOthers() }
    GreenThread.yieldToEvents()
  }
}

@available(*, unavailable, message: "a descriptor stays on its scheduler's OS thread")
extension Descriptor: Sendable {}
