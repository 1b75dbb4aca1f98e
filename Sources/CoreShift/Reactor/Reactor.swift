/// Tells which registered descriptors are ready to be read or written.
///
/// A reactor owns one epoll instance and starts no thread: it learns something only while its
/// owner is inside ``wait(into:upTo:for:)``.
///
/// Readiness is edge-triggered. After an event, read or write until the answer is would-block;
/// stop earlier and the next event never comes.
///
/// Unregister before closing, always. A child process may hold a copy of the descriptor, which
/// keeps its registration alive in the kernel, and then nobody can remove it any more.
///
/// A reactor belongs to the process that made it. A child made by `fork` shares the epoll instance
/// with its parent and would change it for both: there every call that reaches the kernel is
/// ``ErrorCode/stale``, and the end of the copy leaves the parent's reactor as it is.
@safe
public struct Reactor: ~Copyable {
  /// One row of the reactor's only table.
  struct Registration {
    let descriptor: Int32
    let flags: UInt32
  }

  /// The most events that one wait gives, whatever its caller asks for.
  public static var largestBatch: Int { 4096 }

  private let epoll: Fd
  private var lastToken: UInt64 = 0
  private var registrations = TokenTable<Registration>()
  private var buffer: EventBuffer

  /// Makes a reactor with nothing registered; `epoll_create1`, close-on-exec, and one page of
  /// memory by `mmap`.
  public init() throws(CoreError) {
    let epoll = try Fd(result: SystemCall.createReactor(), "epoll_create1")
    let buffer = try EventBuffer(capacity: EventBuffer.smallestCapacity)
    self.epoll = epoll
    self.buffer = buffer
  }

  /// The epoll instance's number, readable while a wait would find something: for a loop that waits
  /// for it among others.
  ///
  /// It stays the reactor's.
  public var rawDescriptor: Int32 { epoll.rawValue }

  /// How many descriptors are registered.
  public var count: Int { registrations.count }

  /// Whether `token` is registered: false for events that were overtaken by ``unregister(_:)``.
  public func contains(_ token: Token) -> Bool { registrations.contains(token) }

  /// Unregisters; the token is gone afterwards, also when the kernel disagrees and this throws.
  ///
  /// `epoll_ctl(EPOLL_CTL_DEL)`. An unknown token is ``ErrorCode/notFound``; in a forked child
  /// nothing changes.
  public mutating func unregister(_ token: Token) throws(CoreError) {
    try refuseForkedCopy("epoll_ctl_del")
    guard let registration = registrations.remove(token) else {
      throw CoreError(
        operation: "epoll_ctl_del", code: .notFound, subject: .token(token.rawValue))
    }
    try check(
      SystemCall.unregister(epoll.rawValue, registration.descriptor), "epoll_ctl_del",
      .descriptor(registration.descriptor))
  }

  /// Changes what a registration is told about; the token stays.
  ///
  /// `epoll_ctl(EPOLL_CTL_MOD)`. It also re-arms: readiness that exists now is told again. An
  /// unknown token is ``ErrorCode/notFound``.
  public mutating func modify(_ token: Token, to interest: Interest) throws(CoreError) {
    try modify(token, rawFlags: interest.edgeTriggeredFlags)
  }

  /// The raw form of ``modify(_:to:)``: exactly these bits of ``EpollFlags``.
  ///
  /// To or from an exclusive registration is ``ErrorCode/invalidArgument``.
  public mutating func modify(_ token: Token, rawFlags: UInt32) throws(CoreError) {
    try refuseForkedCopy("epoll_ctl_mod")
    guard let registration = registrations[token] else {
      throw CoreError(
        operation: "epoll_ctl_mod", code: .notFound, subject: .token(token.rawValue))
    }
    let descriptor = registration.descriptor
    try check(
      SystemCall.modify(epoll.rawValue, descriptor, flags: rawFlags, token: token.rawValue),
      "epoll_ctl_mod", .descriptor(descriptor))
    registrations[token] = Registration(descriptor: descriptor, flags: rawFlags)
  }

  /// Learns a descriptor with exactly these bits of ``EpollFlags``, level-triggered unless they
  /// say otherwise, blocking or not: the raw door.
  ///
  /// The caller keeps the descriptor open until it has unregistered the token. The errors are those
  /// of `epoll_ctl(2)`; a number that is not open is ``ErrorCode/badDescriptor``.
  public mutating func register(
    rawDescriptor descriptor: Int32, rawFlags: UInt32
  ) throws(CoreError) -> Token {
    try refuseForkedCopy("epoll_ctl_add")
    let token = Token(rawValue: lastToken + 1)
    try check(
      SystemCall.register(epoll.rawValue, descriptor, flags: rawFlags, token: token.rawValue),
      "epoll_ctl_add", .descriptor(descriptor))
    lastToken = token.rawValue
    registrations.insert(Registration(descriptor: descriptor, flags: rawFlags), for: token)
    return token
  }

  /// Waits for events and puts them into `events`, which is emptied first, whatever happens.
  ///
  /// - Parameters:
  ///   - events: Afterwards the new events and nothing else; its storage is used again.
  ///   - limit: The most events to take, at most ``largestBatch``; the others come later. Zero
  ///     returns at once without a system call; negative is ``ErrorCode/invalidArgument``.
  ///   - duration: nil waits without end; zero or less only looks. Never ends early.
  /// - Returns: The number of events; 0 when the time is over or a signal came.
  /// - Throws: What `epoll_wait` answered, except an interruption; ``ErrorCode/outOfMemory`` when
  ///   there is none for so many events.
  public mutating func wait(
    into events: inout [Event], upTo limit: Int, for duration: Duration? = nil
  ) throws(CoreError) -> Int {
    events.removeAll(keepingCapacity: true)
    let count = try wait(upTo: limit, for: duration)
    guard count > 0 else { return 0 }
    // SAFETY: the call has initialised the first `count` events, which are trivial.
    unsafe events.append(contentsOf: UnsafeBufferPointer(start: buffer.events, count: count))
    return count
  }

  /// Waits as ``wait(into:upTo:for:)`` does and copies nothing: ``events`` has them, until the
  /// next wait.
  package mutating func wait(
    upTo limit: Int, for duration: Duration? = nil
  ) throws(CoreError) -> Int {
    try refuseForkedCopy("epoll_wait")
    guard limit > 0 else {
      if limit == 0 { return 0 }
      throw CoreError(
        operation: "epoll_wait", code: .invalidArgument, subject: .argument("limit"))
    }
    let limit = min(limit, Reactor.largestBatch)
    if limit > buffer.capacity { buffer = try EventBuffer(capacity: limit) }
    let nanoseconds: Int64 =
      switch duration {
      case nil: -1
      case .some(let span) where span <= .zero: 0
      case .some(let span): span.nanosecondsRoundedUp
      }
    // SAFETY: `buffer` has room for `limit` events.
    let result = unsafe SystemCall.wait(
      epoll.rawValue, buffer.events, capacity: Int32(limit), nanoseconds: nanoseconds)
    return try checkWait(result, epoll.rawValue)
  }

  /// As many events as the last wait has counted, until the next one.
  package var events: UnsafePointer<Event> { unsafe UnsafePointer(buffer.events) }

  @inline(__always)
  private func refuseForkedCopy(_ operation: StaticString) throws(CoreError) {
    guard buffer.isOurs else {
      throw failure(-Int(ErrorCode.stale.rawValue), operation, .descriptor(epoll.rawValue))
    }
  }
}

// SAFETY: it owns its descriptor, buffer and table, and is moved, never shared.
extension Reactor: @unchecked Sendable {}
