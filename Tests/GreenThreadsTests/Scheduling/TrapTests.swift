import GreenThreads
import TestSupport
import Testing

/// Misuse that is always a bug ends the program with a message that says what to do.
@Suite struct TrapTests {
  @Test func `parking off a green thread`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onOwnThread { GreenThread.yield() }
    }
    #expect(text(result).contains("yield parks, and was called off a green thread"))
  }

  @Test func `parking in a Swift task`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try GreenThread.sleep(for: .seconds(1))
    }
    #expect(text(result).contains("sleep parks, and was called in a Swift Task"))
  }

  @Test func `parking in a task's job that runs on a green thread`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        _ = Task.immediate { try GreenThread.sleep(for: .seconds(1)) }
      }
    }
    #expect(text(result).contains("sleep parks, and was called in a Swift Task"))
  }

  @Test func `a yield in a task's job, also while others can run`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        try withScope { scope in
          var isOver = false
          scope.spawn { while !isOver { GreenThread.yield() } }
          scope.spawn {
            _ = Task.immediate { while true { GreenThread.yield() } }
            isOver = true
          }
        }
      }
    }
    #expect(text(result).contains("yield parks, and was called in a Swift Task"))
  }

  @Test(arguments: [false, true])
  func `parking in an event source, on whichever stack`(needsLittleStack: Bool) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [needsLittleStack] in
      try onOwnThread {
        try run(on: Sleepy(needsLittleStack)) { try GreenThread.sleep(for: .seconds(1)) }
      }
    }
    #expect(text(result).contains("yield parks, and was called off a green thread"))
  }

  @Test func `run inside run`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime { try run(on: VirtualTime()) {} }
    }
    #expect(text(result).contains("`run` was called inside `run`"))
  }

  @Test func `using a scope after its end`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        let scope = try withScope { $0 }
        scope.spawn {}
      }
    }
    #expect(text(result).contains("a scope was used after its `withScope` had returned"))
  }

  @Test func `a spawn under the root when all that it had have ended`() async {
    struct Broken: Error {}
    /// Destroyed by `run`, which throws instead of returning it.
    final class Late {
      deinit { GreenThread.spawn {} }
    }
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try onVirtualTime { () throws -> Late in
        GreenThread.spawn { throw Broken() }
        GreenThread.yield()
        return Late()
      }
    }
    #expect(text(result).contains("when all green threads of `run` had ended"))
  }

  @Test func `parking on somebody else's ticket`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        let ticket = WakeTicket()
        GreenThread.spawn { try GreenThread.park(ticket, for: ParkReason("for another")) }
        try GreenThread.sleep(for: .seconds(1))
      }
    }
    #expect(text(result).contains("a green thread parks on a ticket of its own"))
  }

  @Test(arguments: ["sleep", "ticket", "wake and ticket"])
  func `parking on a ticket that something in between has voided`(_ between: String) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [between] in
      try onVirtualTime {
        let ticket = WakeTicket()
        if between == "wake and ticket" { ticket.wake() }
        if between == "sleep" { try GreenThread.sleep(for: .seconds(1)) } else { _ = WakeTicket() }
        try GreenThread.park(ticket, for: ParkReason("for nobody"))
      }
    }
    #expect(text(result).contains("take the ticket after the last wait before the park"))
  }

  @Test func `waking on another OS thread without a remote handle`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        let remote = RemoteHandle()
        let ticket = WakeTicket()
        // Begins when the ticket's holder has parked: else a sanitizer may be first to complain.
        GreenThread.spawn { HelperThread { ticket.wake() }.join() }
        try GreenThread.park(ticket, for: ParkReason("for another OS thread"))
        withExtendedLifetime(remote) {}
      }
    }
    #expect(text(result).contains("through a `RemoteHandle` of its own scheduler"))
  }

  @Test func `waking through the remote handle of another scheduler`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        let remote = RemoteHandle()
        let ticket = WakeTicket()
        let helper = HelperThread {
          try? run(on: VirtualTime()) {
            RemoteHandle().wake(ticket)
            try GreenThread.sleep(for: .seconds(1))
          }
        }
        try GreenThread.park(ticket, for: ParkReason("for another scheduler"))
        helper.join()
        withExtendedLifetime(remote) {}
      }
    }
    #expect(text(result).contains("through a `RemoteHandle` of its own scheduler"))
  }

  @Test func `one branch in two selects at a time`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        let channel = Channel<Int>()
        let branch = SelectBranch<Int?>.receive(from: channel) { $0 }
        GreenThread.spawn { try select(branch) }
        GreenThread.spawn { try select(branch) }
        try GreenThread.sleep(for: .seconds(1))
      }
    }
    #expect(text(result).contains("a branch stands in one select at a time"))
  }

  @Test(arguments: ["receive", "send", "offer", "join"])
  func `one branch in a second select before the first has run again`(_ kind: String) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [kind] in
      try onVirtualTime {
        let channel = Channel<Int>()
        let other = Channel<Int>()
        let child = GreenThread.spawn { try GreenThread.sleep(for: .seconds(60)) }
        let branch: SelectBranch<Void> =
          switch kind {
          case "receive": .receive(from: channel) { _ in }
          case "send": .send(1, to: channel) {}
          case "offer": .send(Offer(1), to: channel) {}
          default: .join(child) {}
          }
        let first = GreenThread.spawn { try select(branch, .receive(from: other) { _ in }) }
        GreenThread.yield()
        // Served, or woken by its other branch; it runs only after this.
        switch kind {
        case "receive": _ = channel.trySend(1)
        case "send", "offer": _ = channel.tryReceive()
        default: _ = other.trySend(1)
        }
        #expect(!first.isFinished)
        _ = try select(branch, .after(.seconds(1)) {})
      }
    }
    #expect(text(result).contains("a branch stands in one select at a time"))
  }

  @Test func `a semaphore with fewer permits than none`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Semaphore(permits: -1)
    }
    #expect(text(result).contains("a semaphore with -1 permits"))
  }

  @Test func `a channel with a capacity below zero`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Channel<Int>(.bounded(-1))
    }
    #expect(text(result).contains("a channel's capacity of -1"))
  }

  @Test(.disabled(if: isSanitized, "the sanitizer needs address space of its own"))
  func `no memory for one more record of a green thread`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onVirtualTime {
        try withScope { scope in
          limitAddressSpace(toFurther: 8 << 20)
          // None of them begins, so that none takes a stack.
          while true { scope.spawn {} }
        }
      }
    }
    #expect(text(result).contains("no memory for records of more green threads"))
  }

  @Test(arguments: [0, -1, 1 << 40])
  func `a stack of no size, or of a size that there is not`(_ size: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [size] in
      try onVirtualTime { _ = GreenThread.spawn(stackSize: size) {} }
    }
    #expect(text(result).contains("between 1 byte and 32 GiB, not \(size)"))
  }
}

/// What an exit test's process wrote to standard error.
func text(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}

private final class Sleepy: EventSource {
  let now = Instant.zero
  let timePasses = true
  let hasWaiters = true
  let needsLittleStack: Bool
  init(_ needsLittleStack: Bool) { self.needsLittleStack = needsLittleStack }
  func wait(_ patience: Patience) { GreenThread.yield() }
  func deliver() {}
  func interrupt() {}
}
