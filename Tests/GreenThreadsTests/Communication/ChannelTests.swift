import GreenThreads
import TestSupport
import Testing

@Suite struct ChannelTests {
  @Test(arguments: [ChannelCapacity.rendezvous, .bounded(1), .bounded(7), .unbounded])
  func `values arrive in the order in which they were sent`(_ capacity: ChannelCapacity) throws {
    let received = try onVirtualTime {
      try withScope { scope in
        let channel = Channel<Int>(capacity)
        scope.spawn {
          for number in 0..<100 { try channel.send(number) }
          channel.close()
        }
        var received: [Int] = []
        while let number = try channel.receive() { received.append(number) }
        return received
      }
    }
    #expect(received == Array(0..<100))
  }

  @Test(arguments: [ChannelCapacity.rendezvous, .bounded(3), .unbounded])
  func `each value of many producers comes to one of many consumers, in its producer's order`(
    _ capacity: ChannelCapacity
  ) throws {
    for seed in 0..<20 as Range<UInt64> {
      try onVirtualTime(order: .seeded(seed)) {
        let channel = Channel<(producer: Int, number: Int)>(capacity)
        var received: [(producer: Int, number: Int)] = []
        try withScope { scope in
          for _ in 0..<3 {
            scope.spawn {
              var last = [-1, -1, -1, -1]
              while let value = try channel.receive() {
                #expect(value.number > last[value.producer], "seed \(seed)")
                last[value.producer] = value.number
                received.append(value)
              }
            }
          }
          try withScope { producers in
            for producer in 0..<4 {
              producers.spawn {
                for number in 0..<50 { try channel.send((producer, number)) }
              }
            }
          }
          channel.close()
        }
        let sorted = received.map { $0.producer * 50 + $0.number }.sorted()
        #expect(sorted == Array(0..<200), "seed \(seed)")
      }
    }
  }

  @Test func `a sender goes on without a switch when a receiver waits`() throws {
    let log = EventLog()
    try onVirtualTime {
      let channel = Channel<Int>()
      try withScope { scope in
        scope.spawn {
          let value = try channel.receive() ?? 0
          log.note("received \(value)")
        }
        GreenThread.yield()
        try channel.send(1)
        log.note("sent")
      }
    }
    #expect(log.entries == ["sent", "received 1"])
  }

  @Test func `a send to a full channel waits for room`() throws {
    let log = EventLog()
    try onVirtualTime {
      let channel = Channel<Int>(.bounded(2))
      try withScope { scope in
        scope.spawn {
          for number in 1...4 {
            try channel.send(number)
            log.note("sent \(number)")
          }
        }
        GreenThread.yield()
        #expect(channel.count == 2)
        let first = try channel.receive()
        #expect(first == 1)
        // The sender that waited is in the buffer now, before it runs.
        #expect(channel.count == 2)
        log.note("received")
        for number in 2...4 {
          let next = try channel.receive()
          #expect(next == number)
        }
      }
    }
    #expect(log.entries == ["sent 1", "sent 2", "received", "sent 3", "sent 4"])
  }

  @Test func `a closed channel is drained before it ends`() throws {
    try onVirtualTime {
      let channel = Channel<Int>(.unbounded)
      for number in 0..<20 { try channel.send(number) }
      channel.close()
      channel.close()
      #expect(channel.isClosed)
      var sum = 0
      try channel.forEach { sum += $0 }
      #expect(sum == 190)
      let end = try channel.receive()
      #expect(end == nil)
    }
  }

  @Test func `a closed channel refuses a send, and the value is destroyed once`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      let channel = Channel<Tracked>(.unbounded, label: "results")
      channel.close()
      let refusal = #expect(throws: ResourceClosed.self) {
        try channel.send(Tracked(lifetime))
      }
      #expect(refusal?.description == "channel \"results\" is closed")
      #expect(lifetime.liveCount == 0)
    }
    #expect(lifetime.madeCount == 1)
  }

  @Test func `closing ends the wait of senders and receivers`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      let (empty, full) = (Channel<Tracked>(), Channel<Tracked>())
      try withScope { scope in
        var refused = 0
        for _ in 0..<3 {
          scope.spawn {
            let end = try empty.receive()
            #expect(end == nil)
          }
          scope.spawn {
            let error = errorThrown { try full.send(Tracked(lifetime)) }
            if error is ResourceClosed { refused += 1 }
          }
        }
        GreenThread.yield()
        empty.close()
        full.close()
        let end = try full.receive()
        #expect(end == nil, "a sender that was refused has kept its value")
        GreenThread.yield()
        #expect(refused == 3)
        #expect(lifetime.liveCount == 0)
      }
    }
  }

  @Test func `values that nobody receives go with the channel`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      do {
        let channel = Channel<Tracked>(.bounded(50))
        // Round the end of the ring, and through its growth.
        for number in 0..<5 { try channel.send(Tracked(lifetime, number)) }
        for _ in 0..<3 { _ = try channel.receive() }
        for number in 5..<45 { try channel.send(Tracked(lifetime, number)) }
        let next = try channel.receive()?.number
        #expect(next == 3)
        #expect(lifetime.liveCount == 41)
      }
      #expect(lifetime.liveCount == 0)
    }
  }

  @Test func `the try forms do not wait`() throws {
    try onVirtualTime {
      let channel = Channel<Int>(.bounded(1))
      #expect(channel.tryReceive() == .empty)
      #expect(channel.trySend(1) == .sent)
      #expect(channel.trySend(2) == .full(2))
      #expect(channel.tryReceive() == .value(1))
      #expect(channel.trySend(3) == .sent)
      channel.close()
      #expect(channel.trySend(4) == .closed(4))
      #expect(channel.tryReceive() == .value(3))
      #expect(channel.tryReceive() == .closed)
    }
  }

  @Test func `the try forms meet who waits`() throws {
    try onVirtualTime {
      let channel = Channel<Int>()
      try withScope { scope in
        scope.spawn { try channel.send(1) }
        GreenThread.yield()
        #expect(channel.tryReceive() == .value(1))
        let receiver = scope.spawn { try channel.receive() }
        GreenThread.yield()
        #expect(channel.trySend(2) == .sent)
        #expect(channel.trySend(3) == .full(3))
        let value = try receiver.join()
        #expect(value == 2)
      }
    }
  }

  @Test func `a wait with a timeout ends, and the next value goes to somebody else`() throws {
    try onVirtualTime {
      let channel = Channel<Int>()
      #expect(throws: DeadlineExceeded.self) { try channel.receive(within: .seconds(1)) }
      #expect(throws: DeadlineExceeded.self) { try channel.send(1, within: .seconds(1)) }
      #expect(Instant.now == Instant(nanoseconds: 2_000_000_000))
      #expect(channel.tryReceive() == .empty)
      try withScope { scope in
        let receiver = scope.spawn { try channel.receive(within: .seconds(5)) }
        try GreenThread.sleep(for: .seconds(4))
        try channel.send(2, within: .zero)
        let value = try receiver.join()
        #expect(value == 2)
      }
    }
  }

  @Test func `a timeout of zero asks, a negative one is refused`() throws {
    try onVirtualTime {
      let channel = Channel<Int>(.bounded(1))
      #expect(throws: DeadlineExceeded.self) { try channel.receive(within: .zero) }
      try channel.send(1, within: .zero)
      #expect(throws: DeadlineExceeded.self) { try channel.send(2, within: .zero) }
      #expect(throws: InvalidArgument.self) { try channel.send(2, within: .seconds(-1)) }
      #expect(throws: InvalidArgument.self) { try channel.receive(within: .seconds(-1)) }
      let value = try channel.receive(within: .zero)
      #expect(value == 1)
      // Closed outranks late.
      channel.close()
      let end = try channel.receive(within: .zero)
      #expect(end == nil)
      #expect(throws: ResourceClosed.self) { try channel.send(2, within: .zero) }
    }
  }

  @Test func `cancelled, one gets nothing, though a value lies ready`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      let channel = Channel<Tracked>(.bounded(2))
      try channel.send(Tracked(lifetime, 1))
      try withScope { scope in
        let child = scope.spawn {
          #expect(throws: Cancelled.self) { try GreenThread.sleep(for: .seconds(1)) }
          #expect(throws: Cancelled.self) { try channel.receive() }
          #expect(throws: Cancelled.self) { try channel.receive(within: .seconds(1)) }
          #expect(throws: Cancelled.self) { try channel.send(Tracked(lifetime)) }
          #expect(throws: Cancelled.self) { try channel.send(Tracked(lifetime), within: .zero) }
        }
        GreenThread.yield()
        child.cancel()
      }
      #expect(lifetime.liveCount == 1)
      let kept = try channel.receive()?.number
      #expect(kept == 1)
    }
  }

  @Test func `cancelling ends the wait of a sender and of a receiver`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      let (empty, full) = (Channel<Int>(), Channel<Tracked>())
      try withScope { scope in
        let receiver = scope.spawn { try empty.receive() }
        let sender = scope.spawn { try full.send(Tracked(lifetime)) }
        GreenThread.yield()
        receiver.cancel()
        sender.cancel()
        #expect(full.tryReceive().isEmpty, "a cancelled sender has taken its value back")
        #expect(empty.trySend(1) == .full(1), "a cancelled receiver waits no more")
        #expect(throws: Cancelled.self) { try sender.join() }
        #expect(throws: Cancelled.self) { _ = try receiver.join() }
        #expect(lifetime.liveCount == 0)
      }
    }
  }

  @Test func `what was handed over before a cancellation is received`() throws {
    try onVirtualTime {
      let channel = Channel<Int>()
      try withScope { scope in
        let receiver = scope.spawn { try channel.receive() }
        GreenThread.yield()
        try channel.send(7)
        receiver.cancel()
        let value = try receiver.join()
        #expect(value == 7)
      }
    }
  }

  @Test func `an inner timeout leaves nothing behind, and an outer one ends the retries`() throws {
    try onVirtualTime {
      let channel = Channel<Int>()
      var tries = 0
      let error = errorThrown {
        try withTimeout(.milliseconds(100)) {
          while true {
            tries += 1
            do {
              try withTimeout(.milliseconds(30)) { _ = try channel.receive() }
            } catch is DeadlineExceeded {}
          }
        }
      }
      #expect(error is DeadlineExceeded)
      #expect(tries == 4)
      #expect(channel.trySend(1) == .full(1), "nobody waits any more")
    }
  }

  @Test func `values that cannot be copied are handed over`() throws {
    struct Token: ~Copyable {
      let lifetime: Tracked
    }
    let lifetime = Lifetime()
    try onVirtualTime {
      let channel = Channel<Token>(.bounded(1))
      try withScope { scope in
        scope.spawn {
          for number in 0..<10 { try channel.send(Token(lifetime: Tracked(lifetime, number))) }
          channel.close()
        }
        var sum = 0
        while let token = try channel.receive() { sum += token.lifetime.number }
        #expect(sum == 45)
      }
      _ = channel.trySend(Token(lifetime: Tracked(lifetime)))
    }
    #expect(lifetime.liveCount == 0)
    #expect(lifetime.madeCount == 11)
  }

  @Test func `a channel lives as long as somebody waits in it`() throws {
    let lifetime = Lifetime()
    try onVirtualTime {
      try withScope { scope in
        let receiver = scope.spawn {
          // The only reference, and its last use.
          try Channel<Tracked>().receive()
        }
        let sender = scope.spawn { try Channel<Tracked>().send(Tracked(lifetime)) }
        GreenThread.yield()
        receiver.cancel()
        sender.cancel()
        #expect(throws: Cancelled.self) { try sender.join() }
        #expect(throws: Cancelled.self) { _ = try receiver.join() }
      }
    }
    #expect(lifetime.liveCount == 0)
  }

  @Test func `a snapshot tells a channel by its label`() throws {
    try onVirtualTime {
      let channel = Channel<Int>(label: "requests")
      try withScope { scope in
        scope.spawn(name: "server") { _ = try channel.receive() }
        GreenThread.yield()
        let snapshot = SchedulerSnapshot()
        let server = snapshot.threads.first { $0.name == "server" }
        #expect(server?.reason?.label == "requests" && server?.reason?.subject == nil)
        #expect(snapshot.json().contains("\"subject\":\"requests\""))
        channel.close()
      }
    }
  }

  @Test func `a deadlock's report names the channel`() throws {
    let deadlock = #expect(throws: Deadlock.self) {
      try onVirtualTime {
        let (labelled, placed) = (Channel<Int>(label: "requests"), Channel<Int>())
        try withScope { scope in
          scope.spawn(name: "server") { _ = try labelled.receive() }
          scope.spawn(name: "client") { try placed.send(1) }
        }
      }
    }
    let report = deadlock?.report ?? ""
    #expect(report.contains("waits to receive from channel \"requests\""))
    #expect(report.contains("waits to send to channel GreenThreadsTests/ChannelTests.swift:"))
  }
}

extension ReceiveAttempt {
  fileprivate var isEmpty: Bool {
    if case .empty = self { return true }
    return false
  }
}
