import GreenThreads
import TestSupport
import Testing

@Suite struct SlackTests {
  /// Virtual time with a slack, which counts the jumps to a deadline.
  private final class SlackTime: EventSource {
    private let time = VirtualTime()
    private(set) var jumps = 0
    let slack: Duration
    init(slack: Duration) { self.slack = slack }
    var now: Instant { time.now }
    var timePasses: Bool { true }
    var hasWaiters: Bool { false }
    func wait(_ patience: Patience) {
      if case .until = patience { jumps += 1 }
      time.wait(patience)
    }
    func deliver() {}
    func interrupt() { time.interrupt() }
  }

  /// Jumps that `count` sleepers need, a microsecond apart, and how late the latest was.
  private func wakes(
    of count: Int, slack: Duration
  ) throws -> (jumps: Int, latest: Duration) {
    let time = SlackTime(slack: slack)
    var latest = Duration.zero
    try onOwnThread {
      try run(on: time) {
        try withScope { scope in
          for number in 1...count {
            scope.spawn {
              let deadline = Instant(nanoseconds: Int64(number) * 1_000)
              try GreenThread.sleep(until: deadline)
              latest = max(latest, deadline.duration(to: .now))
            }
          }
        }
      }
    }
    return (time.jumps, latest)
  }

  @Test func `many sleepers share wakes within the slack, and none is later`() throws {
    let (jumps, latest) = try wakes(of: 1_256, slack: .microseconds(50))
    // The last 256 are few again, and each is woken by itself.
    #expect((256...300).contains(jumps))
    #expect(latest <= .microseconds(50) && latest > .zero)
  }

  @Test func `few sleepers are woken each in time`() throws {
    let (jumps, latest) = try wakes(of: 200, slack: .microseconds(50))
    #expect(jumps == 200)
    #expect(latest == .zero)
  }

  @Test func `without slack many are woken each in time`() throws {
    let (jumps, latest) = try wakes(of: 1_256, slack: .zero)
    #expect(jumps == 1_256)
    #expect(latest == .zero)
  }
}
