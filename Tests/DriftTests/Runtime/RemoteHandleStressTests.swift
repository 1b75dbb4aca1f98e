import Drift
import GreenThreads
import Synchronization
import TestSupport
import Testing

/// Schedulers on two OS threads that send each other work all the time: a wake that is lost hangs
/// here, under the watchdog.
@Suite struct RemoteHandleStressTests {
  /// How often each of four green threads calls the other side; 200 take a tenth of a second on an
  /// idle machine.
  private static let calls = 500
  /// How many schedulers come and go.
  private static let schedulers = 200

  @Test func `two schedulers answer each other, though callers are cancelled and run out of time`()
    throws
  {
    let seed = UInt64.random(in: 1...1_000_000)
    let exchange = Exchange()
    let doors = Guarded<[Int: RemoteHandle]>([:])
    let done = Atomic(0)
    @Sendable func serve(_ side: Int) throws {
      try Drift.run {
        let mine = RemoteHandle()
        doors.withLock { $0[side] = mine }
        var found: RemoteHandle?
        while found == nil {
          found = doors.withLock { $0[1 - side] }
          try GreenThread.sleep(for: .microseconds(50))
        }
        guard let other = found else { return }
        try withScope { scope in
          for number in 0..<4 {
            var random = SeededGenerator(seed: seed &+ UInt64(side * 4 + number))
            scope.spawn {
              for _ in 0..<Self.calls { try exchange.call(other, from: mine, &random) }
            }
          }
        }
        done.add(1, ordering: .sequentiallyConsistent)
        // The other side still calls here.
        while done.load(ordering: .sequentiallyConsistent) < 2 {
          try GreenThread.sleep(for: .microseconds(100))
        }
      }
      doors.withLock { $0[side] = nil }
    }
    try onOwnThread(within: .seconds(120)) {
      let helper = HelperThread { exchange.note { try serve(1) } }
      exchange.note { try serve(0) }
      helper.join()
    }
    #expect(exchange.failures == [], "seed \(seed)")
    #expect(exchange.outcomes == 8 * Self.calls, "seed \(seed)")
    #expect(exchange.lifetime.liveCount == 0, "seed \(seed)")
    #expect(exchange.acceptedErrands == exchange.errandsRun, "seed \(seed)")
  }

  @Test func `who sends to a scheduler that ends is answered or refused, and never left waiting`()
    throws
  {
    let seed = UInt64.random(in: 1...1_000_000)
    let exchange = Exchange()
    let door = Guarded<RemoteHandle?>(nil)
    let isOver = Atomic(false)
    @Sendable func comeAndGo() throws {
      var random = SeededGenerator(seed: seed)
      for _ in 0..<Self.schedulers {
        let pause = Int.random(in: 0..<200, using: &random)
        try Drift.run {
          let mine = RemoteHandle()
          door.withLock { $0 = mine }
          if pause > 20 { try GreenThread.sleep(for: .microseconds(pause)) }
        }
      }
    }
    try onDrift(within: .seconds(120)) {
      let helper = HelperThread {
        exchange.note { try comeAndGo() }
        isOver.store(true, ordering: .releasing)
      }
      let mine = RemoteHandle()
      try withScope { scope in
        for number in 0..<4 {
          var random = SeededGenerator(seed: seed &+ UInt64(number))
          scope.spawn {
            while !isOver.load(ordering: .acquiring) {
              if let other = door.withLock({ $0 }) {
                try exchange.call(other, from: mine, &random)
              }
              GreenThread.yieldToEvents()
            }
          }
        }
      }
      helper.join()
    }
    #expect(exchange.failures == [], "seed \(seed)")
    #expect(exchange.outcomes > 0, "seed \(seed)")
    #expect(exchange.lifetime.liveCount == 0, "seed \(seed)")
    #expect(exchange.acceptedErrands == exchange.errandsRun, "seed \(seed)")
  }
}

/// What both sides count, from both OS threads.
private final class Exchange: Sendable {
  let lifetime = Lifetime()
  private let outcomeCount = Atomic(0)
  private let acceptedCount = Atomic(0)
  private let runCount = Atomic(0)
  private let failed = Guarded<[String]>([])

  var outcomes: Int { outcomeCount.load(ordering: .relaxed) }
  var acceptedErrands: Int { acceptedCount.load(ordering: .relaxed) }
  var errandsRun: Int { runCount.load(ordering: .relaxed) }
  var failures: [String] { failed.withLock { $0 } }

  func note(_ body: () throws -> Void) {
    do { try body() } catch { failed.withLock { $0.append("\(error)") } }
  }

  /// Has the other side do something, and waits for the answer: to its end, for a moment, or until
  /// somebody has enough of it.
  func call(
    _ other: RemoteHandle, from mine: RemoteHandle, _ random: inout SeededGenerator
  ) throws {
    let work = Int.random(in: 0..<12, using: &random)
    let patience = Int.random(in: 0..<3, using: &random)
    let moments = Int.random(in: 0..<200, using: &random)
    switch patience {
    case 0:
      try park(send(work, to: other, from: mine))
    case 1:
      do {
        try withTimeout(.microseconds(moments)) { try park(send(work, to: other, from: mine)) }
      } catch is DeadlineExceeded {}
    default:
      try withScope { scope in
        let caller = scope.spawn { try self.park(self.send(work, to: other, from: mine)) }
        if moments % 4 == 0 { try GreenThread.sleep(for: .microseconds(moments)) }
        for _ in 0..<moments % 4 { GreenThread.yield() }
        caller.cancel()
        do { try caller.join() } catch is Cancelled {}
      }
    }
    outcomeCount.add(1, ordering: .relaxed)
  }

  private func park(_ ticket: WakeTicket) throws {
    let cause = try GreenThread.park(ticket, for: ParkReason("for the other side"))
    if cause != .ready { failed.withLock { $0.append("woken by \(cause)") } }
  }

  private func send(
    _ work: Int, to other: RemoteHandle, from mine: RemoteHandle
  ) -> WakeTicket {
    let ticket = WakeTicket()
    let answer = Answer(mine, ticket, lifetime)
    switch work {
    case 0..<4:
      // An errand that was accepted runs, whatever comes.
      let isAccepted = other.runOnLoop {
        self.runCount.add(1, ordering: .relaxed)
        withExtendedLifetime(answer) {}
      }
      if isAccepted { acceptedCount.add(1, ordering: .relaxed) }
    case 4..<8:
      other.submit {
        for _ in 4..<work { GreenThread.yield() }
        withExtendedLifetime(answer) {}
      }
    default:
      other.submit {
        try? GreenThread.sleep(for: .microseconds((work - 8) * 30))
        withExtendedLifetime(answer) {}
      }
    }
    return ticket
  }
}

/// What a caller waits for: it is woken when nobody has this any more, whatever has become of the
/// work.
private final class Answer: Sendable {
  private let remote: RemoteHandle
  private let ticket: WakeTicket
  private let tracked: Tracked

  init(_ remote: RemoteHandle, _ ticket: WakeTicket, _ lifetime: Lifetime) {
    self.remote = remote
    self.ticket = ticket
    tracked = Tracked(lifetime)
  }

  deinit {
    remote.wake(ticket)
  }
}
