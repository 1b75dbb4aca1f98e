public import CoreShift
internal import GreenThreads

/// A descriptor among several to wait for, by its number; or one that has become ready.
public struct PolledDescriptor: Hashable, Sendable {
  /// The number; whoever owns it keeps it open.
  public var rawValue: Int32
  /// What is waited for; in an answer, what has come.
  public var interest: Interest
  /// What the caller knows it by.
  public var key: Int

  /// Names a descriptor, and what to wait for.
  public init(_ rawValue: Int32, for interest: Interest, key: Int = 0) {
    self.rawValue = rawValue
    self.interest = interest
    self.key = key
  }
}

/// Parks until at least one of several descriptors is ready, like `poll(2)`.
///
/// They are somebody else's, such as a C library's: blocking or not, registered only for this one
/// wait, and never read. Two entries for one descriptor count as one that waits for both. Costs
/// three system calls and two for each descriptor.
///
/// - Parameters:
///   - descriptors: at least one.
///   - timeout: for at most so long; zero only looks, nil waits without end.
/// - Returns: those that are ready, in the order given, each with what has come of its interest; an
///   error or a hang-up counts as everything. Empty when the time is over.
/// - Throws: `InvalidArgument`, at once, for an empty list, no interest, a number that is not open,
///   two keys for one descriptor, or a negative timeout; `CoreError` of `epoll_create1` or
///   `epoll_ctl_add`, such as EMFILE; `Cancelled`.
public func parkAny(
  of descriptors: [PolledDescriptor], within timeout: Duration? = nil
) throws -> [PolledDescriptor] {
  try GreenThread.checkCancellation()
  if let timeout, timeout < .zero { throw InvalidArgument("a timeout of \(timeout)") }
  let wanted = try merged(descriptors)
  let deadline = timeout.map { Instant.now.advanced(by: $0) } ?? .distantFuture
  ReactorEvents.current(for: "parkAny(of:within:)").noteLook()
  try GreenThread.checkCancellation()
  var reactor = try Reactor()
  var entries: [Token: Int] = [:]
  var alwaysReady: [PolledDescriptor] = []
  for (index, entry) in wanted.enumerated() {
    do throws(CoreError) {
      // Level-triggered: what is ready stays so until it is looked at.
      let token = try reactor.register(
        rawDescriptor: entry.rawValue, rawFlags: entry.interest.rawValue)
      entries[token] = index
    } catch {
      switch error.code {
      case .badDescriptor: throw InvalidArgument("descriptor \(entry.rawValue) is not open")
      // The number was free, and is the reactor's own now.
      case .invalidArgument where entry.rawValue == reactor.rawDescriptor:
        throw InvalidArgument("descriptor \(entry.rawValue) is not open")
      // A file or a directory.
      case .notPermitted: alwaysReady.append(entry)
      default: throw error
      }
    }
  }
  var events: [Event] = []
  while true {
    _ = try reactor.wait(into: &events, upTo: wanted.count, for: .zero)
    let ready = events.compactMap { event in
      entries[event.token].map { (index: $0, entry: wanted[$0].answered(by: event)) }
    }
    if !ready.isEmpty || !alwaysReady.isEmpty {
      let polled = ready.sorted { $0.index < $1.index }.map(\.entry)
      return alwaysReady.isEmpty ? polled : inOrder(polled + alwaysReady, of: wanted)
    }
    if deadline <= .now { return [] }
    let nested = try Descriptor(watching: reactor.rawDescriptor)
    defer { nested.close() }
    do {
      try withDeadline(deadline) { try nested.waitToRead() }
    } catch is DeadlineExceeded {}
  }
}

/// One entry for each descriptor, in the order of their first mention.
private func merged(_ descriptors: [PolledDescriptor]) throws -> [PolledDescriptor] {
  if descriptors.isEmpty { throw InvalidArgument("no descriptor to wait for") }
  var wanted: [PolledDescriptor] = []
  var places: [Int32: Int] = [:]
  for entry in descriptors {
    let known: Interest = [.reading, .writing, .priority]
    if entry.interest.isEmpty || !entry.interest.isSubset(of: known) {
      throw InvalidArgument("descriptor \(entry.rawValue) without an interest")
    }
    guard let place = places[entry.rawValue] else {
      places[entry.rawValue] = wanted.count
      wanted.append(entry)
      continue
    }
    if wanted[place].key != entry.key {
      throw InvalidArgument(
        "descriptor \(entry.rawValue) under the keys \(wanted[place].key) and \(entry.key)")
    }
    wanted[place].interest.formUnion(entry.interest)
  }
  return wanted
}

private func inOrder(
  _ ready: [PolledDescriptor], of wanted: [PolledDescriptor]
) -> [PolledDescriptor] {
  wanted.compactMap { entry in ready.first { $0.rawValue == entry.rawValue } }
}

extension PolledDescriptor {
  fileprivate func answered(by event: Event) -> PolledDescriptor {
    var answer = self
    if event.isError || event.isHangup { return answer }
    answer.interest = interest.intersection(Interest(rawValue: event.rawFlags))
    return answer
  }
}
