import Glibc
import GreenThreads
import Synchronization
import TestSupport
import Testing

@Suite struct RemoteHandleTests {
  @Test func `an errand runs on the loop's own stack, from wherever it comes`() throws {
    let log = Visits()
    try onVirtualTime {
      let remote = RemoteHandle()
      #expect(remote.isOnItsThread)
      remote.runOnLoop { log.note(GreenThread.isRunningOnOne ? "green" : "own") }
      GreenThread.spawn { try GreenThread.sleep(for: .seconds(1)) }
      try GreenThread.sleep(for: .seconds(1))
      #expect(log.counts == ["own": 1])
      let ticket = WakeTicket()
      try withHelper {
        if remote.isOnItsThread { log.note("mistaken") }
        remote.runOnLoop {
          log.note(remote.isOnItsThread && !GreenThread.isRunningOnOne ? "remote" : "mistaken")
          ticket.wake()
        }
      } do: {
        try GreenThread.park(ticket, for: ParkReason("for an errand"))
      }
    }
    #expect(log.counts == ["own": 1, "remote": 1])
  }

  @Test func `an errand that was accepted runs at the latest when the scheduler ends`() throws {
    let log = Visits()
    let kept = Guarded<[RemoteHandle]>([])
    try onVirtualTime {
      let remote = RemoteHandle()
      kept.withLock { $0 = [remote] }
      #expect(remote.runOnLoop { log.note("ran") })
    }
    #expect(log.counts == ["ran": 1])
    let remote = kept.withLock { $0[0] }
    #expect(!remote.runOnLoop { log.note("late") })
    #expect(log.counts == ["ran": 1])
  }

  @Test func `a closure from another OS thread runs as a green thread`() throws {
    try onVirtualTime {
      let remote = RemoteHandle()
      let ticket = WakeTicket()
      let ran = Atomic<Bool>(false)
      try withHelper {
        remote.submit(name: "guest") {
          ran.store(GreenThread.current.name == "guest", ordering: .relaxed)
          ticket.wake()
        }
      } do: {
        try GreenThread.park(ticket, for: ParkReason("for a guest"))
      }
      let hasRun = ran.load(ordering: .relaxed)
      #expect(hasRun)
    }
  }

  @Test func `a hundred thousand wakes from another OS thread: none lost, none extra`() throws {
    let rounds = isSanitized ? 10_000 : 100_000
    try onVirtualTime {
      let remote = RemoteHandle()
      let mailbox = Guarded<[WakeTicket]>([])
      let sent = Atomic<Int>(0)
      try withHelper {
        while sent.load(ordering: .relaxed) < rounds {
          let tickets = mailbox.withLock { tickets in
            defer { tickets = [] }
            return tickets
          }
          for ticket in tickets {
            sent.add(1, ordering: .relaxed)
            remote.wake(ticket)
          }
          if tickets.isEmpty { sched_yield() }
        }
      } do: {
        try withScope { scope in
          for _ in 0..<10 {
            scope.spawn {
              for _ in 0..<rounds / 10 {
                let ticket = WakeTicket()
                mailbox.withLock { $0.append(ticket) }
                let cause = try GreenThread.park(ticket, for: ParkReason("for a remote wake"))
                if cause != .ready { Issue.record("woken by \(cause)") }
              }
            }
          }
        }
      }
      let total = sent.load(ordering: .relaxed)
      #expect(total == rounds)
    }
  }

  @Test func `the last words of a handle that goes are heard, and are no deadlock`() throws {
    for _ in 0..<300 {
      try onVirtualTime {
        let ticket = WakeTicket()
        var remote: RemoteHandle? = RemoteHandle()
        try withHelper { [remote] in
          _ = remote?.wake(ticket)
        } do: {
          remote = nil
          try GreenThread.park(ticket, for: ParkReason("for the last words"))
        }
      }
    }
  }

  @Test func `without a remote handle to wait for there is a deadlock`() throws {
    #expect(throws: Deadlock.self) {
      try onVirtualTime {
        let remote = RemoteHandle()
        _ = consume remote
        try GreenThread.park(WakeTicket(), for: ParkReason("for nobody"))
      }
    }
  }

  @Test func `after the end of its scheduler a handle refuses, and drops what it is given`() throws
  {
    let lifetime = Lifetime()
    try onOwnThread {
      let (remote, ticket) = try run(on: VirtualTime()) { (RemoteHandle(), WakeTicket()) }
      let guest = Tracked(lifetime)
      let isAccepted = remote.submit { _ = guest.number }
      #expect(!isAccepted)
      let isWoken = remote.wake(ticket)
      #expect(!isWoken)
    }
    #expect(lifetime.liveCount == 0)
  }

  @Test func `what has been sent and not taken is destroyed with the scheduler`() throws {
    let lifetime = Lifetime()
    final class Caller: Sendable {
      let remote: RemoteHandle
      init(_ remote: RemoteHandle) { self.remote = remote }
      deinit { remote.submit {} }
    }
    try onVirtualTime {
      let remote = RemoteHandle()
      let guest = Tracked(lifetime)
      let caller = Caller(remote)
      // The body of `run` ends before the loop looks into its inbox.
      remote.submit { _ = (guest.number, caller) }
    }
    #expect(lifetime.liveCount == 0)
  }

  @Test func `a wake that is sent before the wait is not lost`() throws {
    try onVirtualTime {
      let remote = RemoteHandle()
      for _ in 0..<100 {
        let ticket = WakeTicket()
        HelperThread { remote.wake(ticket, .closed) }.join()
        let cause = try GreenThread.park(ticket, for: ParkReason("for the past"))
        #expect(cause == .closed)
      }
    }
  }

  @Test func `a thousand wakes interrupt a scheduler once until it looks`() throws {
    let source = CountingTime()
    try onOwnThread {
      try run(on: source) {
        let remote = RemoteHandle()
        let ticket = WakeTicket()
        HelperThread { for _ in 0..<1000 { remote.wake(ticket) } }.join()
        let count = source.interruptions.load(ordering: .relaxed)
        #expect(count == 1)
        try GreenThread.park(ticket, for: ParkReason("for the first of them"))
        #expect(Counters.current.staleWakes == 999)
        HelperThread { remote.wake(ticket) }.join()
        let later = source.interruptions.load(ordering: .relaxed)
        #expect(later == 2)
      }
    }
  }

  @Test func `two schedulers on two OS threads hand work to and fro, each its own`() throws {
    let rounds = isSanitized ? 500 : 5000
    let doors = Guarded<[Int: RemoteHandle]>([:])
    let visits = [Visits(), Visits()]
    @Sendable func serve(_ side: Int) throws {
      try onVirtualTime {
        let mine = RemoteHandle()
        doors.withLock { $0[side] = mine }
        var other: RemoteHandle?
        while other == nil { other = doors.withLock { $0[1 - side] } }
        try withScope { scope in
          for number in 0..<4 {
            scope.spawn(name: "side \(side)") {
              for _ in 0..<rounds / 4 {
                let ticket = WakeTicket()
                // There it is a green thread of the other scheduler, which wakes this one back.
                other?.submit(name: "guest of \(side)") {
                  visits[1 - side].note(GreenThread.current.name)
                  mine.wake(ticket)
                }
                if number > 0 { GreenThread.yield() }
                try GreenThread.park(ticket, for: ParkReason("for the other side"))
              }
            }
          }
        }
        doors.withLock { $0[side] = nil }
        other = nil
        // The guests of the other side still come here.
        while doors.withLock({ $0[1 - side] }) != nil { GreenThread.yield() }
      }
    }
    let failures = Guarded<[String]>([])
    let helper = HelperThread {
      do { try serve(1) } catch { failures.withLock { $0.append("\(error)") } }
    }
    try serve(0)
    helper.join()
    #expect(failures.withLock { $0 } == [])
    for side in 0...1 {
      #expect(visits[side].counts == ["guest of \(1 - side)": rounds])
    }
  }

  @Test(.enabled(if: isThreadSanitized))
  func `ThreadSanitizer still finds a race between green threads of two OS threads`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let shared = UnsafeMutablePointer<Int>.allocate(capacity: 1)
      unsafe shared.initialize(to: 0)
      let place = UInt(bitPattern: shared)
      let arrived = Atomic<Int>(0)
      @Sendable func write() throws {
        try onVirtualTime {
          // Both at once, and not one after the other, which the schedulers' own locks would order.
          arrived.add(1, ordering: .relaxed)
          while arrived.load(ordering: .relaxed) < 2 {}
          try GreenThread.spawn {
            for _ in 0..<20_000 {
              GreenThread.yield()
              if let shared = unsafe UnsafeMutablePointer<Int>(bitPattern: place) {
                unsafe shared.pointee &+= 1
              }
            }
          }.join()
        }
      }
      let other = HelperThread { try? write() }
      try write()
      other.join()
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("WARNING: ThreadSanitizer: "))
  }

  /// Runs `help` on another OS thread while `body` runs here.
  private func withHelper(
    _ help: @escaping @Sendable () -> Void, do body: () throws -> Void
  ) throws {
    let helper = HelperThread(help)
    defer { helper.join() }
    try body()
  }
}

/// Virtual time that counts how often it is interrupted.
private final class CountingTime: EventSource, Sendable {
  // SAFETY: but for `interrupt`, which may come from anywhere, used on the scheduler's OS thread.
  nonisolated(unsafe) private let time = VirtualTime()
  let interruptions = Atomic<Int>(0)

  var now: Instant { unsafe time.now }
  var timePasses: Bool { unsafe time.timePasses }
  var hasWaiters: Bool { unsafe time.hasWaiters }
  func wait(_ patience: Patience) { unsafe time.wait(patience) }
  func deliver() {}

  func interrupt() {
    interruptions.add(1, ordering: .relaxed)
    unsafe time.interrupt()
  }
}

/// Who has run on one side.
private final class Visits: Sendable {
  private let names = Guarded<[String: Int]>([:])

  var counts: [String: Int] { names.withLock { $0 } }

  func note(_ name: String) {
    names.withLock { $0[name, default: 0] += 1 }
  }
}
