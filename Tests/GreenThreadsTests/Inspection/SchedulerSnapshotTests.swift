import Foundation
import Glibc
import GreenThreads
import Synchronization
import TestSupport
import Testing

@Suite struct SchedulerSnapshotTests {
  @Test func `it names who there is, where from, since when, and what for`() throws {
    try onVirtualTime {
      try withScope { scope in
        let sleeper = scope.spawn(name: "sleeper") { try GreenThread.sleep(for: .seconds(60)) }
        let joiner = scope.spawn(name: "joiner") { try sleeper.join() }
        scope.spawn { try GreenThread.park(WakeTicket(), for: ParkReason("to read descriptor", 7)) }
        try GreenThread.sleep(for: .seconds(5))
        scope.spawn(name: "late") {}
        let snapshot = SchedulerSnapshot()
        let threads = snapshot.threads
        #expect(threads.map(\.name) == ["main", "sleeper", "joiner", "", "late"])
        #expect(threads.map(\.state) == [.running, .parked, .parked, .parked, .fresh])
        #expect(threads.allSatisfy { $0.spawnSite.contains(".swift:") })
        #expect(threads[0].parent == nil)
        #expect(threads[1].parent == threads[0].id)
        #expect(threads[1].reason?.description == "for a time")
        #expect(threads[1].deadline == .zero.advanced(by: .seconds(60)))
        #expect(threads[1].age == .seconds(5))
        #expect(threads[1].stoppedFor == .seconds(5))
        #expect(threads[2].waitsFor == [threads[1].id])
        #expect(threads[3].reason?.kind == "to read descriptor")
        #expect(threads[3].reason?.subject == 7)
        #expect(snapshot.nextDeadline == threads[1].deadline)
        #expect(snapshot.timerCount == 1)
        #expect(snapshot.text().contains("\ntimers: 1\n"))
        #expect(snapshot.json().contains("\"timers\":1,"))
        #expect(snapshot.time == .zero.advanced(by: .seconds(5)))
        #expect(!snapshot.isTruncated && !snapshot.isDegraded)
        _ = joiner
        scope.cancel()
      }
    }
  }

  @Test func `within a limit it describes the one that runs first of all`() throws {
    try onVirtualTime {
      setBlocked(SIGURG, false)
      try withScope { scope in
        let remote = RemoteHandle()
        scope.spawn(name: "old") {
          let own = SchedulerSnapshot(limit: 2)
          #expect(own.threads.first?.name == "old" && own.threads.first?.state == .running)
          #expect(own.threads.count == 2 && own.isTruncated)
          // By the scheduler's own OS thread, and by another that holds it.
          for isHeld in [false, true] {
            let seen = Guarded<SchedulerSnapshot?>(nil)
            let look = { @Sendable in seen.withLock { $0 = remote.snapshot(limit: 2) } }
            if isHeld { HelperThread(look).join() } else { look() }
            let outside = seen.withLock { $0 }
            #expect(outside?.threads.first?.name == "old")
            #expect(outside?.threads.first?.state == .running)
            #expect(outside?.threads.count == 2 && outside?.isTruncated == true)
          }
        }
        for _ in 0..<5 { scope.spawn {} }
      }
    }
  }

  @Test func `what begins after a long wait is no older than that wait's end`() throws {
    /// An hour goes by in each wait that is not for a timer.
    final class Hourly: EventSource {
      private(set) var now = Instant.zero
      var ticket: WakeTicket?
      let timePasses = true
      let hasWaiters = true
      func wait(_ patience: Patience) {
        if patience == .forever { now = now.advanced(by: .seconds(3600)) }
      }
      func deliver() { ticket.take()?.wake() }
      func interrupt() {}
    }
    try onOwnThread {
      let source = Hourly()
      try run(on: source) {
        let ticket = WakeTicket()
        source.ticket = ticket
        try GreenThread.park(ticket, for: ParkReason("for an hour"))
        try withScope { scope in
          scope.spawn { try GreenThread.park(WakeTicket(), for: ParkReason("from now on")) }
          GreenThread.yield()
          let late = try #require(SchedulerSnapshot().threads.last)
          #expect(late.reason?.kind == "from now on")
          #expect(late.age == .zero)
          #expect(late.stoppedFor == .zero)
          scope.cancel()
        }
      }
    }
  }

  @Test func `the owner of a scope waits for its children`() throws {
    try onVirtualTime {
      try withScope { scope in
        let inner = scope.spawn(name: "owner") {
          try withScope { inner in
            _ = inner.spawn(name: "child") { try GreenThread.sleep(for: .seconds(9)) }
          }
        }
        try GreenThread.sleep(for: .seconds(1))
        let threads = SchedulerSnapshot().threads
        let owner = try #require(threads.first { $0.name == "owner" })
        let child = try #require(threads.first { $0.name == "child" })
        #expect(owner.waitsFor == [child.id])
        #expect(child.parent == owner.id)
        try inner.join()
      }
    }
  }

  @Test func `it names who holds a lock, as it is handed on, and circles`() throws {
    try onVirtualTime {
      let lock = Lock(label: "till")
      try withScope { scope in
        let holder = scope.spawn(name: "holder") {
          try lock.withLock { try GreenThread.sleep(for: .seconds(2)) }
        }
        let first = scope.spawn(name: "first") {
          try lock.withLock { try GreenThread.sleep(for: .seconds(2)) }
        }
        let second = scope.spawn(name: "second") { lock.withLock {} }
        try GreenThread.sleep(for: .seconds(1))
        #expect(Self.holders(["first", "second"]) == [holder.id, holder.id])
        try GreenThread.sleep(for: .seconds(2))
        #expect(Self.holders(["first", "second"]) == [nil, first.id])
        #expect(SchedulerSnapshot().circles.isEmpty)
        try second.join()
        let text = try lock.withLock {
          let waiter = scope.spawn(name: "waiter") { lock.withLock {} }
          GreenThread.yield()
          let own = GreenThread.current.id
          let snapshot = SchedulerSnapshot()
          #expect(snapshot.threads.first { $0.name == "waiter" }?.holder == own)
          let json = snapshot.json()
          #expect(json.contains("\"holder\":\(own)"))
          scope.spawn { _ = try GreenThread.sleep(for: .seconds(1)) }
          let observer = scope.spawn {
            let snapshot = SchedulerSnapshot()
            #expect(snapshot.circles == [[own, waiter.id]])
            #expect(snapshot.json().contains("\"circles\":[[\(own),\(waiter.id)]]"))
            return snapshot.text()
          }
          #expect(throws: DeadlineExceeded.self) { try waiter.join(within: .seconds(1)) }
          return try observer.join()
        }
        #expect(text.contains("waits for lock \"till\", held by "))
        #expect(text.contains("a circle: "))
      }
    }
  }

  private static func holders(_ names: [String]) -> [UInt64?] {
    let threads = SchedulerSnapshot().threads
    return names.map { name in threads.first { $0.name == name }?.holder }
  }

  @Test func `counts what is waited for, the most frequent first`() throws {
    try onVirtualTime {
      try withScope { scope in
        for number in 0..<Int64(3) {
          scope.spawn {
            try GreenThread.park(WakeTicket(), for: ParkReason("to read descriptor", number))
          }
        }
        scope.spawn { try GreenThread.sleep(for: .seconds(60)) }
        GreenThread.yield()
        let counts = SchedulerSnapshot().waitCounts
        #expect(counts.map(\.kind) == ["to read descriptor", "for a time"])
        #expect(counts.map(\.count) == [3, 1])
        scope.cancel()
      }
    }
  }

  @Test func `a parked green thread's stack names the functions that it is in`() throws {
    try onVirtualTime {
      try withScope { scope in
        scope.spawn(name: "deep") { try parkThreeCallsDeep(3) }
        scope.spawn(name: "unbegun") {}
        GreenThread.yield()
        scope.spawn(name: "fresh") {}
        let snapshot = SchedulerSnapshot()
        let deep = try #require(snapshot.threads.first { $0.name == "deep" })
        let names = deep.stack.map { StackFrame(at: $0).description }
        #expect(names.filter { $0.contains("parkThreeCallsDeep") }.count == 4, "\(names)")
        let fresh = try #require(snapshot.threads.first { $0.name == "fresh" })
        #expect(fresh.stack.isEmpty)
        let own = try #require(snapshot.threads.first)
        #expect(own.stack.count > 2)
        #expect(snapshot.text().contains("parkThreeCallsDeep"))
        scope.cancel()
      }
    }
  }

  @Test func `JSON is valid, and gives hostile names back unchanged`() throws {
    let names = [
      "\"},{\"id\":1", "\\", "line\nfeed\u{0}\u{1B}[31m", "\u{2028}é👩‍👩‍👧‍👦", "</script>", "\u{7F}",
    ]
    let text = try onVirtualTime {
      try withScope { scope in
        for name in names { scope.spawn(name: name) { try GreenThread.sleep(for: .seconds(1)) } }
        GreenThread.yield()
        defer { scope.cancel() }
        return SchedulerSnapshot().json()
      }
    }
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let threads = try #require(object["threads"] as? [[String: Any]])
    #expect(threads.compactMap { $0["name"] as? String } == ["main"] + names)
    #expect(threads.last?["reason"] as? String == "for a time")
    #expect(object["threadCount"] as? Int == 7)
    #expect(object["degraded"] as? Bool == false)
    // Unless half a second was not enough to name all frames: then some are addresses.
    let frames = threads.flatMap { $0["stack"] as? [String] ?? [] }
    #expect(object["truncated"] as? Bool == frames.contains { $0.hasPrefix("0x") })
    #expect((object["counters"] as? [String: Any])?["spawned"] as? Int == 7)
    #expect(text.utf8.allSatisfy { 0x20..<0x7F ~= $0 })
  }

  @Test func `text has no control characters, whatever names there are`() throws {
    let text = try onVirtualTime {
      try withScope { scope in
        scope.spawn(name: "a\u{1B}[2J\nb\"") {}
        return SchedulerSnapshot().text()
      }
    }
    #expect(text.contains(#""a\u{1b}[2J\u{a}b\"""#))
    #expect(!text.contains("\u{1B}"))
  }

  @Test func `what does not fit is left out, and that is said`() throws {
    try onVirtualTime {
      try withScope { scope in
        for _ in 0..<200 { scope.spawn { try GreenThread.sleep(for: .seconds(1)) } }
        GreenThread.yield()
        let few = SchedulerSnapshot(limit: 10)
        #expect(few.threads.count == 10)
        #expect(few.threadCount == 201)
        #expect(few.isTruncated)
        #expect(few.text().contains("191 more are left out."))
        let all = SchedulerSnapshot()
        #expect(!all.isTruncated)
        let short = all.json(byteLimit: 20_000)
        #expect(short.utf8.count <= 20_000)
        let object = try #require(
          JSONSerialization.jsonObject(with: Data(short.utf8)) as? [String: Any])
        #expect(object["truncated"] as? Bool == true)
        #expect(all.text(byteLimit: 20_000).utf8.count < 20_100)
        scope.cancel()
      }
    }
  }

  @Test(.disabled(if: isThreadSanitized, "the sanitizer puts the signal off until a system call"))
  func `another OS thread sees a scheduler that sleeps, undisturbed`() throws {
    try onVirtualTime {
      setBlocked(SIGURG, false)
      let remote = RemoteHandle()
      let ticket = WakeTicket()
      let seen = Guarded<SchedulerSnapshot?>(nil)
      let helper = HelperThread {
        while seen.withLock({ $0 == nil }) {
          let snapshot = remote.snapshot()
          let isParked = snapshot?.threads.first?.state == .parked
          if isParked { seen.withLock { $0 = snapshot } }
        }
        remote.wake(ticket)
      }
      try GreenThread.park(ticket, for: ParkReason("to be seen"))
      helper.join()
      let snapshot = try #require(seen.withLock { $0 })
      #expect(snapshot.threads.map(\.reason?.kind) == ["to be seen"])
      #expect(!snapshot.isDegraded)
      #expect(snapshot.threads[0].stack.count > 2)
    }
  }

  @Test(.disabled(if: isThreadSanitized, "the sanitizer puts the signal off until a system call"))
  func `another OS thread sees a scheduler that is stuck, and says that it is`() throws {
    try onVirtualTime {
      setBlocked(SIGURG, false)
      let remote = RemoteHandle()
      let isSeen = Atomic<Bool>(false)
      let seen = Guarded<SchedulerSnapshot?>(nil)
      let helper = HelperThread {
        while seen.withLock({ $0 == nil }) {
          let snapshot = remote.snapshot()
          let names = snapshot?.threads.first?.stack.map { StackFrame(at: $0).description }
          let isInside = names?.contains { $0.contains("spinUntil") } ?? false
          if isInside { seen.withLock { $0 = snapshot } }
        }
        isSeen.store(true, ordering: .releasing)
      }
      spinUntil(isSeen)
      helper.join()
      let snapshot = try #require(seen.withLock { $0 })
      #expect(snapshot.isDegraded)
      #expect(snapshot.threads.map(\.state) == [.running])
    }
  }

  @Test(.disabled(if: isThreadSanitized, "the sanitizer puts the signal off until a system call"))
  func `another OS thread learns what the event source says, sixteen numbers at most`() throws {
    final class Talkative: EventSource {
      var now: Instant { .monotonicNow }
      let timePasses = true
      let hasWaiters = true
      func observe(_ tell: (StaticString, Int) -> Void) {
        for number in 0..<100 { tell("told", number) }
      }
      func wait(_ patience: Patience) { usleep(1000) }
      func deliver() {}
      func interrupt() {}
    }
    try onOwnThread {
      setBlocked(SIGURG, false)
      try run(on: Talkative()) {
        let remote = RemoteHandle()
        let ticket = WakeTicket()
        let seen = Guarded<SchedulerSnapshot?>(nil)
        let helper = HelperThread {
          while seen.withLock({ $0 == nil }) {
            let snapshot = remote.snapshot()
            seen.withLock { $0 = snapshot }
          }
          remote.wake(ticket)
        }
        try GreenThread.park(ticket, for: ParkReason("to be seen"))
        helper.join()
        let snapshot = try #require(seen.withLock { $0 })
        #expect(snapshot.observations.map(\.name) == Array(repeating: "told", count: 16))
        #expect(snapshot.observations.map(\.count) == Array(0..<16))
        #expect(SchedulerSnapshot().observations.count == 16)
      }
    }
  }

  @Test func `of a scheduler that has ended there is no snapshot`() throws {
    try onOwnThread {
      let remote = try run(on: VirtualTime()) { RemoteHandle() }
      #expect(remote.snapshot() == nil)
    }
  }

  @Test func `a name is cut at 48 bytes, between characters`() throws {
    try onVirtualTime {
      try withScope { scope in
        let family = "👩‍👩‍👧‍👦"
        scope.spawn(name: String(repeating: "x", count: 30) + family) {}
        scope.spawn(name: String(repeating: "é", count: 40)) {}
        let names = SchedulerSnapshot().threads.map(\.name)
        #expect(names[1] == String(repeating: "x", count: 30))
        #expect(names[2] == String(repeating: "é", count: 24))
      }
    }
  }
}

@inline(never)
private func parkThreeCallsDeep(_ calls: Int) throws {
  if calls > 0 {
    try parkThreeCallsDeep(calls - 1)
  } else {
    try GreenThread.park(WakeTicket(), for: ParkReason("deep down"))
  }
  keepFrame(calls)
}

/// So that the call before it is none in tail position.
@inline(never)
@_optimize(none)
private func keepFrame(_ number: Int) {}

/// Spins without a call into the scheduler.
@inline(never)
func spinUntil(_ flag: borrowing Atomic<Bool>) {
  while !flag.load(ordering: .acquiring) {}
}
