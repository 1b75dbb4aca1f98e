import Glibc
import GreenThreads
import Synchronization
import TestSupport
import Testing

@Suite struct RemoteHandleTests {
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
      let mailbox = Mutex<[WakeTicket]>([])
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

  /// Runs `help` on another OS thread while `body` runs here.
  private func withHelper(
    _ help: @escaping @Sendable () -> Void, do body: () throws -> Void
  ) throws {
    let helper = HelperThread(help)
    defer { helper.join() }
    try body()
  }
}
