/// Waits for all of `handles`, in their order, and takes their results.
///
/// Parks. Stops at the first error that it meets; the others keep their results then, and go on.
///
/// - Returns: the results, in the order of the handles.
/// - Throws: as ``Handle/join()``.
@inlinable
public func joinAll<Success>(_ handles: [Handle<Success>]) throws -> [Success] {
  var results: [Success] = []
  results.reserveCapacity(handles.count)
  for handle in handles { results.append(try handle.join()) }
  return results
}

/// Waits for the first of `handles` to end, and takes its result.
///
/// Parks. The others go on, and can be joined later. Of several that have ended before the call it
/// is the first in the array.
///
/// - Parameters:
///   - handles: at least one.
///   - timeout: for how long to wait, if not for ever; zero asks without waiting.
/// - Returns: which one, as an index into `handles`, and its result.
/// - Throws: what the body of the first that ended threw; ``Cancelled``; ``ResourceClosed``, when
///   the result of one has been taken; ``ResourceBusy``, when somebody else waits for one;
///   ``DeadlineExceeded`` when none has ended in time; ``InvalidArgument`` for no handles at all
///   or a negative timeout.
@inlinable
public func joinAny<Success>(
  _ handles: [Handle<Success>], within timeout: Duration? = nil
) throws -> (index: Int, result: Success) {
  let index = try awaitAny(of: handles, within: timeout)
  return (index, try handles[index].takeOutcome())
}

@usableFromInline
func awaitAny<Success>(
  of handles: [Handle<Success>], within timeout: Duration?
) throws -> Int {
  let (thread, scheduler) = currentThread(for: "joinAny")
  try throwIfCancelled(thread)
  if handles.isEmpty { throw InvalidArgument("joinAny of no handles") }
  let deadline = try timeout.map { try Handle<Success>.deadline(after: $0) }
  for handle in handles { try handle.requireNoJoiner(but: thread) }
  if let ended = handles.firstIndex(where: \.isFinished) { return ended }
  if let deadline, deadline <= scheduler.now {
    throw DeadlineExceeded(deadline: deadline)
  }
  // One ticket for all: the first that ends uses it up, and says who it was.
  let ticket = WakeTicket(for: thread)
  let records = handles.map(\.record)
  for record in records { record?.it.joiner = ticket }
  defer { for handle in handles { handle.withdraw(ticket) } }
  let reason = ParkReason("to join the first of so many green threads:", Int64(handles.count))
  let cause = try GreenThread.park(ticket, for: reason, until: deadline)
  if cause == .deadline, let deadline { throw DeadlineExceeded(deadline: deadline) }
  guard let index = records.firstIndex(of: thread.it.next) else {
    preconditionFailure("joinAny was woken by somebody else")
  }
  return index
}

extension Handle {
  /// The result of one that has ended.
  @usableFromInline
  func takeOutcome() throws -> Success {
    if let record,
      try GreenThreads.takeOutcome(of: record, serial: serial, on: record.it.scheduler)
    {
      return UncheckedThread(record).payload.take(Success.self)
    }
    return try Self.nothing()
  }

  func requireNoJoiner(but thread: ThreadReference) throws {
    // Who has no record of its own has nobody who waits for it, and need not get one.
    guard !isStillToBegin, let record else { return }
    if record == thread { throw InvalidArgument("a green thread cannot join itself") }
    try GreenThreads.requireNoJoiner(of: record)
  }

  func withdraw(_ ticket: WakeTicket) {
    if let record, record.it.joiner == ticket { record.it.joiner = nil }
  }
}
