import CoreShift
import Testing

@Suite struct TimerDescriptorTests {
  /// Waits for the timer's event, five seconds at most.
  private func waitForFiring(_ timer: borrowing TimerDescriptor) throws -> Bool {
    var reactor = try Reactor()
    let token = try reactor.register(timer)
    var events: [Event] = []
    defer { try? reactor.unregister(token) }
    return try reactor.waitUninterrupted(into: &events, upTo: 1, for: .seconds(20)) == 1
  }

  @Test func `fires once after its delay and never before`() throws {
    let timer = try TimerDescriptor()
    let start = ContinuousClock.now
    try timer.arm(after: .milliseconds(20))
    #expect(try waitForFiring(timer))
    #expect(ContinuousClock.now - start >= .milliseconds(20))
    #expect(try timer.takeExpirations() == .count(1))
    #expect(try timer.takeExpirations() == .wouldBlock)
  }

  @Test(arguments: [
    Duration.zero, .seconds(-3), Duration(secondsComponent: 0, attosecondsComponent: 1),
  ])
  func `a delay of zero or less fires at once instead of disarming`(delay: Duration) throws {
    let timer = try TimerDescriptor()
    try timer.arm(after: delay)
    #expect(try waitForFiring(timer))
    #expect(try timer.takeExpirations() == .count(1))
  }

  @Test(arguments: [Int64.min, 0, 1])
  func `an absolute deadline in the past fires at once`(deadline: Int64) throws {
    let timer = try TimerDescriptor()
    try timer.arm(atMonotonicNanoseconds: deadline)
    #expect(try waitForFiring(timer))
  }

  @Test func `an absolute deadline fires at its time of the monotonic clock`() throws {
    let timer = try TimerDescriptor()
    let deadline = MonotonicTime.nanoseconds + 20_000_000
    try timer.arm(atMonotonicNanoseconds: deadline)
    #expect(try timer.takeExpirations() == .wouldBlock)
    #expect(try waitForFiring(timer))
    #expect(MonotonicTime.nanoseconds >= deadline)
  }

  @Test func `no delay disarms, also what has fired already`() throws {
    let timer = try TimerDescriptor()
    try timer.arm(after: .zero)
    #expect(try waitForFiring(timer))
    try timer.arm(after: nil)
    #expect(try timer.takeExpirations() == .wouldBlock)
  }

  @Test func `fires again each time it is armed, without ever being read`() throws {
    let timer = try TimerDescriptor()
    var reactor = try Reactor()
    let token = try reactor.register(timer)
    var events: [Event] = []
    for _ in 0..<3 {
      try timer.arm(after: .zero)
      #expect(try reactor.waitUninterrupted(into: &events, upTo: 4, for: .seconds(20)) == 1)
      #expect(events.first?.token == token)
      #expect(try reactor.wait(into: &events, upTo: 4, for: .zero) == 0)
    }
  }

  @Test func `counts the intervals that nobody took`() throws {
    let timer = try TimerDescriptor()
    try timer.arm(every: .milliseconds(1))
    var taken: UInt64 = 0
    let start = ContinuousClock.now
    while taken < 10, ContinuousClock.now - start < .seconds(20) {
      if case .count(let count) = try timer.takeExpirations() { taken += count }
    }
    #expect(taken >= 10)
    #expect(ContinuousClock.now - start >= .milliseconds(9))
  }

  @Test func `a schedule that began in the past has missed so many intervals, and no more`() throws
  {
    let timer = try TimerDescriptor()
    let hour: Int64 = 3_600_000_000_000
    // Ten and a half intervals ago, if the machine runs for so long; else since it started.
    let interval = min(hour, MonotonicTime.nanoseconds / 12)
    let first = MonotonicTime.nanoseconds - interval * 10 - interval / 2
    try timer.arm(every: .nanoseconds(interval), fromMonotonicNanoseconds: first)
    #expect(try waitForFiring(timer))
    #expect(try timer.takeExpirations() == .count(11))
    #expect(try timer.takeExpirations() == .wouldBlock)
  }

  @Test func `a schedule begins at its time, however short its interval`() throws {
    let timer = try TimerDescriptor()
    let first = MonotonicTime.nanoseconds + 20_000_000
    try timer.arm(every: .milliseconds(1), fromMonotonicNanoseconds: first)
    #expect(try timer.takeExpirations() == .wouldBlock)
    #expect(try waitForFiring(timer))
    #expect(MonotonicTime.nanoseconds >= first)
    try timer.disarm()
    #expect(try timer.takeExpirations() == .wouldBlock)
  }

  @Test func `is non-blocking and close-on-exec`() throws {
    let timer = try TimerDescriptor()
    #expect(try timer.descriptor.blockingMode == .nonBlocking)
    #expect(try timer.descriptor.execMode == .closed)
  }
}
