import GreenThreads
import TestSupport
import Testing

/// Closing, cancelling and timing out at the very time of a hand-over: every value is received or
/// destroyed, exactly once.
@Suite struct ChannelRaceTests {
  /// A hundred thousand races where the tests are optimised, fewer where they are not.
  private static var seeds: Range<UInt64> {
    #if DEBUG
      return 0..<(isSanitized ? 20 : 100)
    #else
      return 0..<1000
    #endif
  }

  private static let capacities: [ChannelCapacity] = [.rendezvous, .bounded(1), .bounded(5)]
  private static let valuesInRace = 100

  /// Runs `body` under each seed, and expects every value to be gone at the end, and those it
  /// counts as received and as refused to be all.
  private func race(_ capacity: ChannelCapacity, _ body: (Race) throws -> Void) throws {
    var (received, unreceived) = (0, 0)
    for seed in Self.seeds {
      let race = Race(Int(seed))
      try onOwnThread {
        try run(on: VirtualTime(), order: .seeded(seed)) {
          race.channel = Channel(capacity)
          try body(race)
          race.channel = Channel(capacity)
        }
      }
      #expect(race.lifetime.liveCount == 0, "seed \(seed)")
      #expect(
        race.received + race.refused + race.left == race.lifetime.madeCount,
        "seed \(seed): \(race.received) received, \(race.refused) refused, \(race.left) left")
      received += race.received
      unreceived += race.refused + race.left
    }
    // Both ends of the race have been seen.
    #expect(received > 0 && unreceived > 0, "\(received) received, \(unreceived) not")
  }

  @Test(arguments: capacities + [.unbounded])
  func `close races with sends`(_ capacity: ChannelCapacity) throws {
    try race(capacity) { race in
      try withScope { scope in
        for _ in 0..<4 { scope.spawn { race.sendUntilRefused(Self.valuesInRace / 4) } }
        for _ in 0..<2 { scope.spawn { try race.receiveAll() } }
        for _ in 0..<race.delay() { GreenThread.yield() }
        race.channel.close()
      }
      race.countLeft()
    }
  }

  @Test(arguments: capacities)
  func `cancellation races with hand-overs`(_ capacity: ChannelCapacity) throws {
    try race(capacity) { race in
      try withScope(isolatingFailures: { _ in }) { scope in
        let senders = (0..<3).map { _ in
          scope.spawn { race.sendUntilRefused(Self.valuesInRace / 3) }
        }
        let receivers = (0..<3).map { _ in scope.spawn { try race.receiveAll() } }
        for index in 0..<3 {
          for _ in 0..<race.delay() { GreenThread.yield() }
          senders[index].cancel()
          receivers[index].cancel()
        }
      }
      race.countLeft()
    }
  }

  @Test(arguments: capacities)
  func `timeouts race with hand-overs`(_ capacity: ChannelCapacity) throws {
    try race(capacity) { race in
      try withScope { scope in
        for sender in 0..<3 {
          scope.spawn {
            for number in 0..<Self.valuesInRace / 3 {
              // Times that meet those of the receivers.
              try GreenThread.sleep(for: .nanoseconds(number % 4))
              race.send { try race.channel.send($0, within: .nanoseconds(1 + sender)) }
            }
          }
        }
        scope.spawn {
          for number in 0..<Self.valuesInRace {
            try GreenThread.sleep(for: .nanoseconds(number % 3))
            do {
              if try race.channel.receive(within: .nanoseconds(2)) != nil { race.received += 1 }
            } catch is DeadlineExceeded {}
          }
        }
      }
      race.countLeft()
    }
  }

  @Test(arguments: capacities)
  func `selects race with close and cancellation`(_ capacity: ChannelCapacity) throws {
    try race(capacity) { race in
      let other = Channel<Tracked>(capacity)
      try withScope(isolatingFailures: { _ in }) { scope in
        for _ in 0..<2 {
          scope.spawn {
            for _ in 0..<Self.valuesInRace / 2 {
              race.send { value in
                try select(.send(value, to: race.channel) {}, .send(value, to: other) {})
              }
            }
          }
        }
        let receivers = (0..<3).map { _ in
          scope.spawn {
            while try select(
              .receive(from: race.channel) { race.count($0) },
              .receive(from: other) { race.count($0) })
            {}
          }
        }
        for receiver in receivers {
          for _ in 0..<race.delay() { GreenThread.yield() }
          receiver.cancel()
        }
        race.channel.close()
        other.close()
      }
      race.countLeft()
      while case .value = other.tryReceive() { race.left += 1 }
    }
  }
}

/// The values of one race.
private final class Race {
  let lifetime = Lifetime()
  var channel = Channel<Tracked>()
  var received = 0
  /// Sends that have thrown.
  var refused = 0
  /// In the channel when all had ended.
  var left = 0
  private var delays: Int

  init(_ seed: Int) {
    delays = seed
  }

  /// How long to wait before the next blow: all lengths come up.
  func delay() -> Int {
    delays += 7
    return delays % 13
  }

  func send(_ hand: (Tracked) throws -> Void) {
    if errorThrown(by: { try hand(Tracked(lifetime)) }) != nil { refused += 1 }
  }

  func sendUntilRefused(_ count: Int) {
    let before = refused
    for _ in 0..<count where refused == before || !channel.isClosed {
      send { try channel.send($0) }
    }
  }

  func receiveAll() throws {
    while try channel.receive() != nil { received += 1 }
  }

  func count(_ value: Tracked?) -> Bool {
    if value != nil { received += 1 }
    return value != nil
  }

  func countLeft() {
    while case .value = channel.tryReceive() { left += 1 }
  }
}
