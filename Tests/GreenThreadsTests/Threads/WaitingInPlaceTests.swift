import Synchronization
import TestSupport
import Testing

@testable import GreenThreads

/// Where the last to park waits for an event source that needs little stack.
@Suite struct WaitingInPlaceTests {
  /// Wakes who has left a ticket, in any number of waits, and knows where it was called.
  private final class Ferry: EventSource {
    let needsLittleStack: Bool
    var now = Instant.zero
    var waiting: [WakeTicket] = []
    /// How many waits bring nothing before one does.
    var emptyWaits = 0
    private var deliveries = 0
    /// Where the frame of each wait was.
    private(set) var places: [UInt] = []

    init(needsLittleStack: Bool = true) { self.needsLittleStack = needsLittleStack }

    var timePasses: Bool { true }
    var hasWaiters: Bool { true }

    func wait(_ patience: Patience) {
      places.append(useStack())
      if case .until(let end) = patience { now = max(now, end) }
    }

    func deliver() {
      emptyWaits -= 1
      if emptyWaits >= 0 { return }
      let turn = waiting.isEmpty ? 0 : deliveries % waiting.count
      deliveries += 1
      let woken = waiting[turn...] + waiting[..<turn]
      waiting = []
      for ticket in woken { ticket.wake() }
    }

    func interrupt() {}

    /// Parks the caller until a wait wakes it.
    @discardableResult
    func cross(until deadline: Instant? = nil) throws -> WakeCause {
      let ticket = WakeTicket()
      waiting.append(ticket)
      return try GreenThread.park(ticket, for: ParkReason("for the ferry"), until: deadline)
    }
  }

  /// Whether the last wait was on the stack on which `body` has parked, which says where.
  private func isNear(_ ferry: Ferry, _ body: @escaping () throws -> UInt) throws -> Bool {
    let place = Guarded<UInt>(0)
    // SAFETY: on one OS thread at a time.
    nonisolated(unsafe) let (source, passenger) = (ferry, body)
    try onOwnThread {
      try run(on: unsafe source) {
        let seen = try GreenThread.spawn(name: "passenger", unsafe passenger).join()
        place.withLock { $0 = seen }
      }
    }
    let there = try #require(ferry.places.last)
    let here = place.withLock(\.self)
    return max(there, here) - min(there, here) < 32 << 10
  }

  @Test(.disabled(if: isSanitized, "it is told of each stack that is in use"))
  func `a source that needs little is waited for on the stack of who parked last`() throws {
    for needsLittle in [true, false] {
      let ferry = Ferry(needsLittleStack: needsLittle)
      let isNear = try isNear(ferry) {
        for _ in 0..<3 { try ferry.cross() }
        return here()
      }
      #expect(isNear == needsLittle)
      #expect(ferry.places.count == 3)
    }
  }

  @Test func `a wait that brings nothing is followed by the next`() throws {
    let ferry = Ferry()
    ferry.emptyWaits = 5
    _ = try isNear(ferry) {
      try ferry.cross()
      return here()
    }
    #expect(ferry.places.count == 6)
  }

  @Test func `a deadline ends such a wait`() throws {
    let ferry = Ferry()
    ferry.emptyWaits = .max
    _ = try isNear(ferry) {
      let deadline = Instant.now.advanced(by: .seconds(3))
      let cause = try ferry.cross(until: deadline)
      #expect(cause == .deadline)
      #expect(Instant.now == deadline)
      return here()
    }
  }

  @Test func `all who are woken run in the order of their wakes, whosever the stack was`() throws {
    let log = EventLog()
    try onOwnThread {
      let ferry = Ferry()
      try run(on: ferry) {
        try withScope { scope in
          for name in ["a", "b", "c"] {
            scope.spawn {
              for _ in 0..<9 {
                try ferry.cross()
                log.note(name)
              }
            }
          }
        }
      }
    }
    // Each wait brings them in the order in which they have parked, turned by one more.
    var expected: [String] = []
    var order = ["a", "b", "c"]
    for round in 0..<9 {
      order = Array(order[(round % 3)...] + order[..<(round % 3)])
      expected += order
    }
    #expect(log.entries == expected)
  }

  @Test func `other OS threads are heard there`() throws {
    let sent = Atomic<Int>(0)
    try onOwnThread {
      let ferry = Ferry()
      try run(on: ferry) {
        let remote = RemoteHandle()
        let ticket = WakeTicket()
        let helper = HelperThread {
          remote.submit { sent.add(1, ordering: .relaxed) }
          remote.wake(ticket)
        }
        // The ferry never waits for anything, so what was sent is found between two waits.
        try GreenThread.park(ticket, for: ParkReason("for a helper"))
        helper.join()
      }
    }
    #expect(sent.load(ordering: .relaxed) == 1)
  }

  @Test(.disabled(if: isSanitized, "frames are larger, and such waits not on this stack"))
  func `a stack that is nearly full is not waited on`() throws {
    let ferry = Ferry()
    let isNear = try isNear(ferry) {
      // What the first call needs once.
      try ferry.cross()
      return try descend(to: 8 << 10) { try ferry.cross() }
    }
    #expect(!isNear)
  }

  @Test(.disabled(if: isThreadSanitized, "the sanitizer puts the signal off until a system call"))
  func `who lends a stack to the loop is seen as parked, with the frames above`() throws {
    let house = Lighthouse()
    let seen = Guarded<SchedulerSnapshot?>(nil)
    try onOwnThread(within: .seconds(60)) {
      try run(on: house) {
        let remote = RemoteHandle()
        let helper = HelperThread {
          house.isDark.sleep()
          let snapshot = remote.snapshot()
          seen.withLock { $0 = snapshot }
          house.interrupt()
        }
        Lookout.current.acceptLooks()
        try GreenThread.spawn(name: "keeper") { try watchFromLighthouse(house.leave) }.join()
        helper.join()
      }
    }
    let snapshot = try #require(seen.withLock { $0 })
    let keeper = try #require(snapshot.threads.first { $0.name == "keeper" })
    #expect(keeper.state == .parked)
    #expect(keeper.reason?.description == "for the light")
    let frames = keeper.stack.map { StackFrame(at: $0).description }
    #expect(frames.contains { $0.contains("watchFromLighthouse") }, "\(frames)")
    #expect(!frames.contains { $0.contains("wait(_:") }, "\(frames)")
  }
}

/// Waits on its OS thread until it is interrupted, and says when it begins to.
private final class Lighthouse: EventSource, @unchecked Sendable {
  // SAFETY: the ticket is touched on the scheduler's OS thread alone.
  private var ticket: WakeTicket?
  let isDark = Interruption()
  private let light = Interruption()

  let now = Instant.zero
  let timePasses = true
  let hasWaiters = true
  let needsLittleStack = true

  func wait(_ patience: Patience) {
    isDark.interrupt()
    light.sleep()
  }

  func deliver() { ticket?.wake() }
  func interrupt() { light.interrupt() }

  func leave(_ ticket: WakeTicket) { self.ticket = ticket }
}

/// Parks; of a name that the program exports.
@inline(never)
func watchFromLighthouse(_ leave: (WakeTicket) -> Void) throws {
  let ticket = WakeTicket()
  leave(ticket)
  try GreenThread.park(ticket, for: ParkReason("for the light"))
}

/// Where the caller's frames end, more or less.
@inline(never)
private func here() -> UInt {
  unsafe withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { bytes in
    UInt(bitPattern: bytes.baseAddress)
  }
}

/// Uses some 12 KiB of stack, and says where it began.
@inline(never)
private func useStack(_ kibibytes: Int = 12) -> UInt {
  unsafe withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 16) { bytes in
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 1)
    if kibibytes > 1 { _ = useStack(kibibytes - 1) }
    return UInt(bitPattern: bytes.baseAddress)
  }
}

/// Calls `body` where less than `left` bytes of the green thread's stack are left, and says where.
@inline(never)
private func descend(to left: Int, _ body: () throws -> Void) throws -> UInt {
  if roomBelowCaller(on: currentThread(for: "a test").thread) < left {
    try body()
    return here()
  }
  return try unsafe withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 16) { bytes in
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 1)
    return try descend(to: left, body)
  }
}
