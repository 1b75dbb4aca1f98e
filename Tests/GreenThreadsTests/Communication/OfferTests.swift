import GreenThreads
import TestSupport
import Testing

@Suite struct OfferTests {
  /// Something that can only be handed on.
  struct Coin: ~Copyable {
    let worth: Int
    let tracked: Tracked

    init(_ worth: Int, _ lifetime: Lifetime) {
      self.worth = worth
      tracked = Tracked(lifetime)
    }
  }

  private static func worth(_ coin: consuming Coin?) -> Int {
    if let coin { coin.worth } else { 0 }
  }

  @Test func `a select receives what cannot be copied, at once and after a wait`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      let (full, empty) = (Channel<Coin>(.bounded(1)), Channel<Coin>())
      try full.send(Coin(1, lifetime))
      let first = try select(
        .receive(from: empty) { _ in -1 }, .receive(from: full) { Self.worth($0) })
      #expect(first == 1)
      try withScope { scope in
        scope.spawn {
          try GreenThread.sleep(for: .seconds(1))
          try empty.send(Coin(2, lifetime))
          full.close()
        }
        let second = try select(
          .receive(from: full) { _ in -1 }, .receive(from: empty) { Self.worth($0) })
        #expect(second == 2)
        let third = try select(
          .receive(from: empty) { _ in -1 }, .receive(from: full) { Self.worth($0) })
        #expect(third == 0, "closed")
      }
    }
    #expect(lifetime.madeCount == 2)
    #expect(lifetime.liveCount == 0)
  }

  @Test func `an offer is sent by one branch, and kept when another is taken`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      let (left, right) = (Channel<Coin>(), Channel<Coin>())
      let offer = Offer(Coin(5, lifetime))
      let late = try select(
        .send(offer, to: left) { "left" }, .send(offer, to: right) { "right" },
        .after(.seconds(1)) { "late" })
      #expect(late == "late")
      #expect(offer.hasValue)
      try withScope { scope in
        let receiver = scope.spawn {
          try GreenThread.sleep(for: .seconds(1))
          return Self.worth(try right.receive())
        }
        let sent = try select(
          .send(offer, to: left) { "left" }, .send(offer, to: right) { "right" })
        #expect(sent == "right")
        let worth = try receiver.join()
        #expect(worth == 5)
      }
      #expect(!offer.hasValue)
      #expect(Self.worth(offer.take()) == 0)
      let never = try select(.send(offer, to: left) { false }, .after(.seconds(1)) { true })
      #expect(never, "nothing is in it any more")
    }
    #expect(lifetime.liveCount == 0)
  }

  @Test func `an offer to a channel that is closed, or gets closed, is taken back`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      let channel = Channel<Coin>()
      let offer = Offer(Coin(7, lifetime))
      try withScope { scope in
        scope.spawn {
          try GreenThread.sleep(for: .seconds(1))
          #expect(Self.worth(offer.take()) == 0, "a select waits with it")
          channel.close()
        }
        for _ in 0..<2 {
          #expect(throws: ResourceClosed.self) { try select(.send(offer, to: channel) {}) }
        }
      }
      #expect(Self.worth(offer.take()) == 7)
    }
    #expect(lifetime.liveCount == 0)
  }

  @Test func `a cancelled select gives its offer back, and a dropped offer destroys it`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      let channel = Channel<Coin>()
      let offer = Offer(Coin(9, lifetime))
      let error = errorThrown {
        try withTimeout(.seconds(1)) { try select(.send(offer, to: channel) {}) }
      }
      #expect(error is DeadlineExceeded)
      #expect(offer.hasValue)
      switch channel.tryReceive() {
      case .value: Issue.record("it waits no more")
      case .empty: break
      case .closed: break
      }
      _ = Offer(Coin(10, lifetime))
      #expect(lifetime.liveCount == 1)
    }
    #expect(lifetime.liveCount == 0)
  }

  @Test func `an offer with which a select waits is refused to a second one`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      let (first, full, roomy) = (Channel<Coin>(), Channel<Coin>(), Channel<Coin>(.unbounded))
      let offer = Offer(Coin(3, lifetime))
      try withScope { scope in
        let sender = scope.spawn(name: "first") {
          try select(.send(offer, to: first) { true }, .send(offer, to: full) { false })
        }
        GreenThread.yield()
        for channel in [full, roomy] {
          let error = errorThrown {
            try withTimeout(.seconds(1)) { try select(.send(offer, to: channel) {}) }
          }
          let holder = (error as? ResourceBusy)?.holder ?? ""
          #expect(holder.contains("first"))
        }
        #expect(roomy.count == 0)
        #expect(Self.worth(try first.receive()) == 3)
        let isFirst = try sender.join()
        #expect(isFirst)
      }
      #expect(!offer.hasValue)
    }
    #expect(lifetime.liveCount == 0)
  }

  @Test func `an offer that was refused once is sent when nobody else waits with it`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      let (never, roomy) = (Channel<Coin>(), Channel<Coin>(.unbounded))
      let offer = Offer(Coin(4, lifetime))
      let branch = SelectBranch<Bool>.send(offer, to: roomy) { true }
      try withScope { scope in
        let sender = scope.spawn { try select(.send(offer, to: never) {}) }
        GreenThread.yield()
        #expect(throws: ResourceBusy.self) { try select(branch) }
        sender.cancel()
        #expect(throws: Cancelled.self) { try sender.join() }
      }
      #expect(try select(branch))
      #expect(Self.worth(try roomy.receive()) == 4)
    }
    #expect(lifetime.liveCount == 0)
  }
}
