/// What has happened lately on one scheduler: spawns, parks, wakes, timers, ends, and what its
/// event source has seen, with times.
///
/// Recorded between ``begin(capacity:)`` and ``end()`` into a ring of fixed size that keeps the
/// latest. While nothing is recorded a park costs one more predicted branch, and a yield nothing.
public struct EventTrace: Sendable {
  /// What has happened.
  public enum Kind: UInt8, Sendable {
    /// It was spawned.
    case spawn
    /// It began to wait.
    case park
    /// What it waited for was there, or its wait was ended; also before it had parked.
    case wake
    /// A deadline that concerns it was looked at.
    case timer
    /// Its body ended.
    case end
    /// The event source saw something outside: a descriptor that is ready, a process that ended.
    case io
  }

  /// One event.
  public struct Event: Sendable {
    /// What has happened.
    public let kind: Kind
    /// When, on the scheduler's clock.
    public let time: Instant
    /// To whom, as ``GreenThread/id``; 0 for what the event source saw.
    public let thread: UInt64
    /// Why it parked, or what was seen; nil for other events.
    public let reason: ParkReason?
    /// Why it runs again; nil for other events.
    public let cause: WakeCause?
  }

  /// The latest, in the order in which they happened.
  public let events: [Event]
  /// How many earlier ones the ring had no room for.
  public let droppedCount: Int

  /// Begins to record on the calling green thread's scheduler; what was recorded before is dropped.
  ///
  /// - Parameter capacity: how many events are kept, rounded up to a power of two; 56 bytes each.
  public static func begin(capacity: Int = 1 << 16) {
    let (_, scheduler) = currentThread(for: "EventTrace.begin")
    end()
    scheduler.it.trace = EventRing(capacity: capacity)
  }

  /// Records no longer, and drops what has been recorded.
  public static func end() {
    currentThread(for: "EventTrace.end").scheduler.dropTrace()
  }

  /// Records, if anything is recorded, what an event source has seen: `"readable descriptor"`, 7.
  ///
  /// For event sources, while they take in or deliver, and for green threads; elsewhere no effect.
  /// While nothing is recorded it costs a call and a predicted branch.
  ///
  /// - Parameters:
  ///   - text: what was seen.
  ///   - number: what belongs behind the text.
  public static func note(_ text: StaticString, _ number: Int64) {
    guard let scheduler = currentScheduler(), scheduler.it.trace != nil else { return }
    scheduler.it.trace?.append(ParkReason(text, number), at: scheduler.now)
  }

  /// Whether anything is recorded on this OS thread, for who notes many things one after the other.
  package static var isRecording: Bool { currentScheduler()?.it.trace != nil }

  /// What has been recorded so far on the calling green thread's scheduler; recording goes on.
  public init() {
    let (_, scheduler) = currentThread(for: "EventTrace()")
    events = scheduler.it.trace?.events ?? []
    droppedCount = scheduler.it.trace?.droppedCount ?? 0
  }

  /// The events in the format of Chrome's trace viewer, which Perfetto reads too: JSON, one event a
  /// line, with times in microseconds.
  public var json: String {
    let lines = events.map { event in
      JSONText.object([
        ("name", JSONText.string("\(event.kind)")), ("ph", "\"i\""), ("s", "\"t\""),
        ("ts", microseconds(event.time)), ("pid", "1"), ("tid", "\(event.thread)"),
        ("args", event.arguments),
      ])
    }
    return "{\"traceEvents\":[\n" + lines.joined(separator: ",\n") + "\n]}\n"
  }

  private func microseconds(_ time: Instant) -> String {
    let rest = String(time.nanoseconds % 1000)
    let zeros = String(repeating: "0", count: max(0, 3 - rest.utf8.count))
    return "\(time.nanoseconds / 1000).\(zeros)\(rest)"
  }
}

extension EventTrace.Event {
  fileprivate var arguments: String {
    if let reason {
      return JSONText.object([(kind == .io ? "seen" : "reason", JSONText.string("\(reason)"))])
    }
    if let cause { return JSONText.object([("cause", JSONText.string("\(cause)"))]) }
    return "{}"
  }
}

/// The memory behind a trace.
@safe
struct EventRing {
  private struct Entry {
    var time: Instant
    var serial: UInt64
    var reason: ParkReason
    var cause: WakeCause
    var kind: EventTrace.Kind
  }

  // SAFETY: `mask + 1` places, of which the first `count`, or all, are initialised; an index is
  // masked before it is used.
  private let entries: UnsafeMutablePointer<Entry>
  private let mask: Int
  private var count = 0

  init(capacity: Int) {
    var rounded = 16
    while rounded < min(capacity, 1 << 26) { rounded *= 2 }
    unsafe entries = .allocate(capacity: rounded)
    mask = rounded - 1
  }

  func deallocate() {
    unsafe entries.deallocate()
  }

  mutating func append(_ kind: EventTrace.Kind, of thread: ThreadReference, at time: Instant) {
    append(
      Entry(
        time: time, serial: thread.it.serial, reason: thread.it.reason, cause: thread.it.cause,
        kind: kind))
  }

  /// Of one that begins later, which has no reason of its own and no cause yet.
  mutating func append(_ kind: EventTrace.Kind, of delayed: DelayedReference, at time: Instant) {
    append(
      Entry(
        time: time, serial: delayed.it.serial, reason: .delayed, cause: .ready, kind: kind))
  }

  mutating func append(_ seen: ParkReason, at time: Instant) {
    append(Entry(time: time, serial: 0, reason: seen, cause: .ready, kind: .io))
  }

  private mutating func append(_ entry: Entry) {
    unsafe (entries + (count & mask)).initialize(to: entry)
    count += 1
  }

  var droppedCount: Int { max(0, count - mask - 1) }

  var events: [EventTrace.Event] {
    (droppedCount..<count).map { index in
      let entry = unsafe entries[index & mask]
      return EventTrace.Event(
        kind: entry.kind, time: entry.time, thread: visibleNumber(of: entry.serial),
        reason: entry.kind == .park || entry.kind == .io ? entry.reason : nil,
        cause: entry.kind == .wake ? entry.cause : nil)
    }
  }
}

extension Reference where Record == SchedulerState {
  @inline(never)
  func trace(_ kind: EventTrace.Kind, of thread: ThreadReference) {
    it.trace?.append(kind, of: thread, at: now)
  }

  /// That `delayed` has been spawned, and waits to begin.
  @inline(never)
  func traceDelay(of delayed: DelayedReference) {
    it.trace?.append(.spawn, of: delayed, at: now)
    it.trace?.append(.park, of: delayed, at: now)
  }

  func dropTrace() {
    it.trace?.deallocate()
    it.trace = nil
  }

  /// To be called before the scheduler ends: nobody looks at it any more, and nothing is recorded.
  func endInspection() {
    it.stallWatch?.stop()
    it.stallWatch = nil
    it.idleWatch?.stop()
    it.idleWatch = nil
    it.lookout.close()
    dropTrace()
  }
}
