import CoreShift
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite struct ReactorWaitTests {
  private let leftover = [Event(token: Token(rawValue: 99), rawFlags: 1)]

  @Test func `a limit of zero takes nothing and empties the buffer`() throws {
    var reactor = try Reactor()
    let pipe = try Pipe()
    _ = try reactor.register(pipe.writeEnd, for: .writing)
    var events = leftover
    // With no limit of time: a system call would have to wait for its one event.
    #expect(try reactor.wait(into: &events, upTo: 0) == 0)
    #expect(events.isEmpty)
    // The edge is still there.
    #expect(try reactor.wait(into: &events, upTo: 1, for: .zero) == 1)
  }

  @Test func `a negative limit is an error and empties the buffer`() throws {
    var reactor = try Reactor()
    var events = leftover
    let error = reactor.failure { reactor throws(CoreError) in
      _ = try reactor.wait(into: &events, upTo: -1)
    }
    #expect(error?.code == .invalidArgument)
    #expect(events.isEmpty)
  }

  @Test func `a wait that times out empties the buffer and is never early`() throws {
    var reactor = try Reactor()
    var events = leftover
    let start = ContinuousClock.now
    #expect(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .milliseconds(30)) == 0)
    #expect(ContinuousClock.now - start >= .milliseconds(30))
    #expect(events.isEmpty)
  }

  @Test(arguments: [Duration.zero, .seconds(-1)])
  func `no time or less only looks`(duration: Duration) throws {
    var reactor = try Reactor()
    var events = leftover
    // A wait without end would hang here.
    #expect(try reactor.wait(into: &events, upTo: 8, for: duration) == 0)
    #expect(events.isEmpty)
  }

  @Test func `more ready descriptors than the limit come with later waits`() throws {
    var reactor = try Reactor()
    var readers: [EventHolder] = []
    for _ in 0..<1000 { readers.append(try EventHolder(registeredWith: &reactor)) }
    var seen: Set<Token> = []
    var events: [Event] = []
    for _ in 0..<16 {
      let count = try reactor.wait(into: &events, upTo: 64, for: .zero)
      #expect(count == events.count && count <= 64)
      for event in events { #expect(seen.insert(event.token).inserted) }
    }
    #expect(seen.count == 1000)
    for reader in readers { try reactor.unregister(reader.token) }
  }

  @Test func `a batch for which there is no memory is an error, and smaller ones go on`() throws {
    var reactor = try Reactor()
    let event = try EventDescriptor(initialCount: 1)
    _ = try reactor.register(event)
    var events = leftover
    var error: CoreError?
    Fault.inject(.outOfMemory, atCall: 1) {
      error = reactor.failure { reactor throws(CoreError) in
        _ = try reactor.wait(into: &events, upTo: 4096, for: .zero)
      }
    }
    #expect(error == CoreError(operation: "mmap", code: .outOfMemory))
    #expect(events.isEmpty)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
  }

  @Test(.disabled(if: isSanitized, "the sanitizer has its own allocator"))
  func `rounds of registering, waiting and unregistering allocate nothing each`() throws {
    var reactor = try Reactor()
    let event = try EventDescriptor(initialCount: 1)
    var events: [Event] = []
    func round() throws {
      let token = try reactor.register(event)
      _ = try reactor.wait(into: &events, upTo: 8, for: .zero)
      try reactor.unregister(token)
    }
    // The first makes room in the caller's array.
    try round()
    // Far fewer than rounds, since something may be made at its first use.
    #expect(try allocationCount { for _ in 0..<10_000 { try round() } } < 100)
  }

  @Test func `takes a whole large batch at once`() throws {
    var reactor = try Reactor()
    var readers: [EventHolder] = []
    for _ in 0..<300 { readers.append(try EventHolder(registeredWith: &reactor)) }
    var events: [Event] = []
    #expect(try reactor.wait(into: &events, upTo: Int.max, for: .zero) == 300)
    #expect(Set(events.map(\.token)) == Set(readers.map(\.token)))
    #expect(events.allSatisfy { $0.rawFlags == EpollFlags.readable })
  }

  @Test func `a signal ends the wait with no events and no error`() async {
    await #expect(processExitsWith: .success) {
      _ = signal(SIGUSR1) { _ in }
      // The threads that run tests block most signals.
      var open = sigset_t()
      unsafe sigemptyset(&open)
      unsafe sigaddset(&open, SIGUSR1)
      unsafe pthread_sigmask(SIG_UNBLOCK, &open, nil)
      let target = Target(thread: pthread_self())
      let isOver = Flag()
      // A hundred signals a second, to this thread: one sent to the process could go to another.
      let sender = HelperThread {
        while !isOver.value.load(ordering: .acquiring) {
          pthread_kill(target.thread, SIGUSR1)
          usleep(10_000)
        }
      }
      var reactor = try Reactor()
      var events = [Event(token: Token(rawValue: 99), rawFlags: 1)]
      for _ in 0..<5 {
        #expect(try reactor.wait(into: &events, upTo: 8) == 0)
        #expect(events.isEmpty)
      }
      // They do not prolong a deadline that the caller keeps.
      let deadline = ContinuousClock.now + .milliseconds(300)
      while ContinuousClock.now < deadline {
        let left = deadline - ContinuousClock.now
        #expect(try reactor.wait(into: &events, upTo: 8, for: left) == 0)
      }
      isOver.value.store(true, ordering: .releasing)
      sender.join()
    }
  }

  @Test func `an event has the layout that the kernel's records are widened to`() {
    #expect(MemoryLayout<Event>.size == 12)
    #expect(MemoryLayout<Event>.stride == 16)
    #expect(MemoryLayout<Event>.offset(of: \.token) == 0)
    #expect(MemoryLayout<Event>.offset(of: \.rawFlags) == 8)
  }

  @Test func `a reactor can be waited for by another, and is readable while it has something`()
    throws
  {
    var inner = try Reactor()
    var outer = try Reactor()
    let counter = try EventDescriptor()
    _ = try inner.register(counter)
    let token = try outer.register(
      rawDescriptor: inner.rawDescriptor, rawFlags: EpollFlags.readable)
    var events: [Event] = []
    #expect(try outer.wait(into: &events, upTo: 4, for: .zero) == 0)
    _ = try counter.add(1)
    #expect(try outer.wait(into: &events, upTo: 4, for: .zero) == 1)
    #expect(events.first?.token == token)
    #expect(try inner.wait(into: &events, upTo: 4, for: .zero) == 1)
    #expect(try outer.wait(into: &events, upTo: 4, for: .zero) == 0)
  }
}

private final class Flag: Sendable {
  let value = Atomic(false)
}

private struct Target: @unchecked Sendable {
  let thread: pthread_t
}

/// A ready descriptor and its registration; a class, so that an array can hold many.
private final class EventHolder {
  let event: EventDescriptor
  let token: Token

  init(registeredWith reactor: inout Reactor) throws(CoreError) {
    event = try EventDescriptor(initialCount: 1)
    token = try reactor.register(event.descriptor, for: .reading)
  }
}
