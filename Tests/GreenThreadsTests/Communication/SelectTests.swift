import GreenThreads
import TestSupport
import Testing

@Suite struct SelectTests {
  @Test func `a ready branch is taken at once`() throws {
    try onVirtualTime {
      let (one, two) = (Channel<Int>(.bounded(1)), Channel<String>(.bounded(1)))
      try two.send("two")
      let taken = try select(
        .receive(from: one) { "\($0 ?? 0)" },
        .receive(from: two) { $0 ?? "" },
        .after(.seconds(1)) { "late" })
      #expect(taken == "two")
      #expect(Instant.now == .zero)
      try select(.send(5, to: one) {}, .receive(from: two) { _ in })
      #expect(one.tryReceive() == .value(5))
    }
  }

  @Test func `it waits for the first branch that can go`() throws {
    try onVirtualTime {
      let (one, two) = (Channel<Int>(), Channel<Int>())
      try withScope { scope in
        scope.spawn {
          try GreenThread.sleep(for: .seconds(1))
          try two.send(2)
          try GreenThread.sleep(for: .seconds(1))
          _ = try one.receive()
        }
        let first = try select(
          .receive(from: one) { $0 }, .receive(from: two) { $0 }, .after(.seconds(5)) { -1 })
        #expect(first == 2)
        let second = try select(.send(1, to: one) { 10 }, .after(.seconds(5)) { -1 })
        #expect(second == 10)
        let third = try select(.receive(from: one) { $0 }, .after(.seconds(5)) { -1 })
        #expect(third == -1)
        #expect(Instant.now == Instant(nanoseconds: 7_000_000_000))
        #expect(one.trySend(3) == .full(3), "nobody waits any more")
      }
    }
  }

  @Test func `two selects meet each other`() throws {
    try onVirtualTime {
      let (one, two) = (Channel<Int>(), Channel<Int>())
      try withScope { scope in
        let other = scope.spawn {
          try select(.send(1, to: one) { "sent" }, .receive(from: two) { "got \($0 ?? 0)" })
        }
        let own = try select(.receive(from: one) { "got \($0 ?? 0)" }, .after(.seconds(1)) { "" })
        let others = try other.join()
        #expect((own, others) == ("got 1", "sent"))
        #expect(two.trySend(1) == .full(1), "the branch not taken is gone")
      }
    }
  }

  @Test func `a select does not meet itself`() throws {
    try onVirtualTime {
      let channel = Channel<Int>()
      let taken = try select(
        .send(1, to: channel) { "sent" }, .receive(from: channel) { _ in "received" },
        .after(.seconds(1)) { "late" })
      #expect(taken == "late")
    }
  }

  @Test func `branches that are always ready are taken equally often`() throws {
    try onVirtualTime {
      let channels = (0..<3).map { _ in Channel<Int>(.unbounded) }
      // The middle one is never ready, and gives its share to nobody in particular.
      for _ in 0..<10_000 {
        try channels[0].send(0)
        try channels[2].send(2)
      }
      var counts = [0, 0, 0]
      for _ in 0..<10_000 {
        try select(
          .receive(from: channels[0]) { counts[$0 ?? 0] += 1 },
          .receive(from: channels[1]) { counts[$0 ?? 0] += 1 },
          .receive(from: channels[2]) { counts[$0 ?? 0] += 1 })
      }
      #expect(counts[0] >= 4_000 && counts[2] >= 4_000, "\(counts)")
      #expect(counts[1] == 0)
    }
  }

  @Test func `a closed channel is ready: nil to receive, an error to send`() throws {
    try onVirtualTime {
      let (channel, other) = (Channel<Int>(label: "gone"), Channel<Int>())
      try withScope(isolatingFailures: { _ in }) { scope in
        let receiver = scope.spawn { try select(.receive(from: other) { $0 }) }
        let sender = scope.spawn { try select(.send(1, to: channel) { true }) }
        GreenThread.yield()
        channel.close()
        other.close()
        let end = try receiver.join()
        #expect(end == nil)
        #expect(throws: ResourceClosed.self) { try sender.join() }
        let value = try select(.receive(from: channel) { $0 })
        #expect(value == nil)
        let error = errorThrown { try select(.send(1, to: channel) {}) }
        #expect(error as? ResourceClosed == ResourceClosed("channel \"gone\""))
      }
    }
  }

  @Test func `otherwise runs when nothing is ready`() throws {
    try onVirtualTime {
      let channel = Channel<Int>(.bounded(1))
      let empty = try select(.receive(from: channel) { $0 }, otherwise: { -1 })
      #expect(empty == -1)
      try channel.send(4)
      let full = try select(.receive(from: channel) { $0 }, otherwise: { -1 })
      #expect(full == 4)
    }
  }

  @Test func `the first of many handles is joined, and the others stay`() throws {
    try onVirtualTime {
      try withScope { scope in
        let handles = (1...5).map { number in
          scope.spawn {
            try GreenThread.sleep(for: .seconds((number * 3) % 5 + 1))
            return number
          }
        }
        let first = try select(handles.map { .join($0) { $0 } })
        #expect(first == 5)
        #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
        let rest = try handles[..<4].map { try $0.join() }
        #expect(rest == [1, 2, 3, 4])
        #expect(throws: ResourceClosed.self) { try handles[4].join() }
      }
    }
  }

  @Test func `a join branch rethrows, and is refused where somebody else joins`() throws {
    struct Broken: Error {}
    try onVirtualTime {
      try withScope(isolatingFailures: { _ in }) { scope in
        let failing = scope.spawn { () -> Int in
          try GreenThread.sleep(for: .seconds(1))
          throw Broken()
        }
        let joiner = scope.spawn(name: "joiner") { try? failing.join() }
        GreenThread.yield()
        let channel = Channel<Int>()
        let refusal = errorThrown {
          _ = try select(.receive(from: channel) { $0 ?? 0 }, .join(failing) { $0 })
        }
        #expect((refusal as? ResourceBusy)?.holder.contains("joiner") == true)
        #expect(channel.trySend(1) == .full(1), "the branch before it is gone")
        _ = try joiner.join()
        let other = scope.spawn { () -> Int in throw Broken() }
        #expect(throws: Broken.self) { try select(.join(other) { $0 }) }
      }
    }
  }

  @Test func `a result belongs to who has waited for it, though a select comes first`() throws {
    try onVirtualTime {
      try withScope { scope in
        let door = scope.spawn { () -> Int in
          GreenThread.yield()
          return 5
        }
        let first = scope.spawn { try door.join() }
        while !door.isFinished { GreenThread.yield() }
        let stolen = errorThrown { try select(.join(door) { _ in }) }
        let value = try first.join()
        #expect(value == 5)
        #expect(stolen is ResourceBusy || stolen is ResourceClosed)
      }
    }
  }

  @Test func `cancelling ends a select, and nothing is lost`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      let (one, two) = (Channel<Tracked>(), Channel<Int>())
      try withScope { scope in
        let child = scope.spawn {
          try select(.send(Tracked(lifetime), to: one) {}, .receive(from: two) { _ in })
        }
        GreenThread.yield()
        child.cancel()
        #expect(two.trySend(1) == .full(1))
        #expect(throws: Cancelled.self) { try child.join() }
        #expect(lifetime.liveCount == 0)
      }
    }
  }

  @Test func `an inner timer cannot outlast an outer timeout`() throws {
    try onVirtualTime {
      let error = errorThrown {
        try withTimeout(.seconds(1)) { try select(.after(.seconds(5)) {}) }
      }
      #expect(error is DeadlineExceeded)
      #expect(Instant.now == Instant(nanoseconds: 1_000_000_000))
    }
  }

  @Test func `without a branch it is refused`() throws {
    try onVirtualTime {
      let none: [SelectBranch<Int>] = []
      #expect(throws: InvalidArgument.self) { try select(none) }
    }
  }

  @Test func `a source of one's own is asked, enlisted and withdrawn`() throws {
    final class Bell: SelectSource {
      var rings = 0
      var ticket: WakeTicket?
      var isReady: Bool { rings > 0 }
      func goThrough() { rings -= 1 }
      func enlist(_ ticket: WakeTicket) { self.ticket = ticket }
      func withdraw() -> Bool {
        ticket = nil
        return false
      }
      func ring() {
        rings += 1
        ticket?.wake()
      }
    }
    try onVirtualTime {
      let bell = Bell()
      try withScope { scope in
        scope.spawn {
          try GreenThread.sleep(for: .seconds(1))
          bell.ring()
        }
        let heard = try select(SelectBranch(bell) { true }, .after(.seconds(5)) { false })
        #expect(heard)
        #expect(bell.rings == 0 && bell.ticket == nil)
      }
    }
  }

  @Test func `the same seed takes the same branches`() throws {
    func taken(_ seed: UInt64) throws -> [Int] {
      try onVirtualTime(order: .seeded(seed)) {
        let (one, two) = (Channel<Int>(.bounded(100)), Channel<Int>(.bounded(100)))
        for _ in 0..<100 {
          try one.send(1)
          try two.send(2)
        }
        return try (0..<100).map { _ in
          try select(.receive(from: one) { $0 ?? 0 }, .receive(from: two) { $0 ?? 0 })
        }
      }
    }
    let (first, again, other) = (try taken(1), try taken(1), try taken(2))
    #expect(first == again)
    #expect(first != other)
  }
}
