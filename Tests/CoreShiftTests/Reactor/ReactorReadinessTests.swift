import CoreShift
import Glibc
import Synchronization
import TestSupport
import Testing

/// A connected pair of non-blocking stream sockets.
struct SocketPair: ~Copyable {
  let left: Fd
  let right: Fd

  init() throws {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    try #require(unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0)
    let first = try Fd(adopting: ends[0])
    let second = try Fd(adopting: ends[1])
    left = first
    right = second
  }
}

private final class WokenCount: Sendable {
  let registered = Atomic(0)
  let count = Atomic(0)
}

@Suite struct ReactorReadinessTests {
  @Test func `tells an edge once, until it is drained and there is more`() throws {
    var events: [Event] = []
    var reactor = try Reactor()
    let pipe = try Pipe()
    let token = try reactor.register(pipe.readEnd, for: .reading)
    #expect(try pipe.writeEnd.write([1, 2]) == .bytes(2))
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(events[0].token == token && events[0].isReadable)
    var byte: [UInt8] = [0]
    #expect(try pipe.readEnd.read(into: &byte) == .bytes(1))
    // One byte is left: no second event.
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 0)
    #expect(try pipe.readEnd.read(into: &byte) == .bytes(1))
    #expect(try pipe.readEnd.read(into: &byte) == .wouldBlock)
    #expect(try pipe.writeEnd.write([3]) == .bytes(1))
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 0)
  }

  @Test func `tells what was ready before it was registered`() throws {
    var events: [Event] = []
    var reactor = try Reactor()
    let pipe = try Pipe()
    #expect(try pipe.writeEnd.write([1]) == .bytes(1))
    let token = try reactor.register(pipe.readEnd, for: .reading)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(events[0].token == token)
  }

  @Test func `a writer whose reader closed is writable and in error`() throws {
    var events: [Event] = []
    var reactor = try Reactor()
    let pipe = try Pipe()
    let writer = pipe.writeEnd
    let token = try reactor.register(writer, for: .writing)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(!events[0].isError && !events[0].isHangup)
    try pipe.readEnd.close()
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(events[0].token == token)
    #expect(events[0].isWritable && events[0].isReadable && events[0].isError)
    #expect(!events[0].isHangup)
  }

  @Test func `a reader whose writer closed is readable and hung up`() throws {
    var events: [Event] = []
    var reactor = try Reactor()
    let pipe = try Pipe()
    let reader = pipe.readEnd
    _ = try reactor.register(reader, for: .reading)
    try pipe.writeEnd.close()
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(events[0].isHangup && events[0].isReadable && events[0].isWritable)
    #expect(!events[0].isError)
  }

  @Test func `error and hang-up stand for readable and writable`() {
    let token = Token(rawValue: 1)
    let failed = Event(token: token, rawFlags: EpollFlags.error)
    #expect(failed.isReadable && failed.isWritable && failed.isError && !failed.isHangup)
    let hungUp = Event(token: token, rawFlags: EpollFlags.hangup)
    #expect(hungUp.isReadable && hungUp.isWritable && !hungUp.isError && hungUp.isHangup)
    let half = Event(token: token, rawFlags: EpollFlags.peerClosed)
    #expect(half.isPeerClosed && !half.isReadable && !half.isWritable && !half.isHangup)
    let urgent = Event(token: token, rawFlags: EpollFlags.priority)
    #expect(urgent.isPriority && !urgent.isReadable && !urgent.isWritable)
  }

  @Test func `half-close has a flag of its own, and the rest can still be read`() throws {
    var events: [Event] = []
    var reactor = try Reactor()
    let pair = try SocketPair()
    _ = try reactor.register(pair.left, for: .reading)
    #expect(try pair.right.write([1, 2, 3]) == .bytes(3))
    #expect(shutdown(pair.right.rawValue, Int32(SHUT_WR)) == 0)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(events[0].isPeerClosed && events[0].isReadable)
    #expect(!events[0].isHangup && !events[0].isError)
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(try pair.left.read(into: &buffer) == .bytes(3))
    #expect(try pair.left.read(into: &buffer) == .end)
    #expect(try pair.left.write([4]) == .bytes(1))
  }

  @Test func `the raw door gives one-shot and level-triggered registrations`() throws {
    var events: [Event] = []
    var reactor = try Reactor()
    let pipe = try Pipe()
    #expect(try pipe.writeEnd.write([1]) == .bytes(1))
    let token = try reactor.register(
      rawDescriptor: pipe.readEnd.rawValue, rawFlags: EpollFlags.readable)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    try reactor.modify(token, rawFlags: EpollFlags.readable | EpollFlags.oneShot)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 0)
    try reactor.modify(token, rawFlags: EpollFlags.readable | EpollFlags.oneShot)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
  }

  @Test func `an exclusive registration is told, and cannot be modified`() throws {
    var events: [Event] = []
    var first = try Reactor()
    var second = try Reactor()
    let event = try EventDescriptor()
    let number = event.descriptor.rawValue
    let flags = EpollFlags.readable | EpollFlags.edgeTriggered | EpollFlags.exclusive
    let token = try first.register(rawDescriptor: number, rawFlags: flags)
    _ = try second.register(rawDescriptor: number, rawFlags: flags)
    try event.add(1)
    #expect(try first.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(events[0].token == token && events[0].rawFlags == EpollFlags.readable)
    #expect(
      first.failure { reactor throws(CoreError) in try reactor.modify(token, rawFlags: flags) }
        == CoreError(
          operation: "epoll_ctl_mod", code: .invalidArgument, subject: .descriptor(number)))
    #expect(first.contains(token) == true)
    try first.unregister(token)
  }

  @Test func `of two threads that wait exclusively an event wakes at least one`() throws {
    let event = try EventDescriptor()
    let number = event.descriptor.rawValue
    let woken = WokenCount()
    let threads = (0..<2).map { _ in
      HelperThread {
        do {
          var events: [Event] = []
          var reactor = try Reactor()
          _ = try reactor.register(
            rawDescriptor: number, rawFlags: EpollFlags.readable | EpollFlags.exclusive)
          woken.registered.add(1, ordering: .releasing)
          let count = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .milliseconds(300))
          woken.count.add(count, ordering: .releasing)
        } catch {
          Issue.record(error)
        }
      }
    }
    while woken.registered.load(ordering: .acquiring) < 2 { sched_yield() }
    try event.add(1)
    for thread in threads { thread.join() }
    #expect(1...2 ~= woken.count.load(ordering: .acquiring))
  }

  @Test func `an event of a batch is recognisable after its token was unregistered`() throws {
    var events: [Event] = []
    var reactor = try Reactor()
    let first = try Pipe()
    let second = try Pipe()
    let tokens = [
      try reactor.register(first.readEnd, for: .reading),
      try reactor.register(second.readEnd, for: .reading),
    ]
    #expect(try first.writeEnd.write([1]) == .bytes(1))
    #expect(try second.writeEnd.write([1]) == .bytes(1))
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 2)
    #expect(Set(events.map(\.token)) == Set(tokens))
    // Whoever handles the first event removes both, and registers the second anew.
    for token in tokens { try reactor.unregister(token) }
    let renewed = try reactor.register(second.readEnd, for: .reading)
    for event in events { #expect(reactor.contains(event.token) == false) }
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(events[0].token == renewed)
  }

  @Test func `an event of a closed descriptor never carries the token of its number's new owner`()
    throws
  {
    var events: [Event] = []
    var reactor = try Reactor()
    let old = try Pipe()
    let number = old.readEnd.rawValue
    let stale = try reactor.register(old.readEnd, for: .reading)
    // Somebody else's copy keeps the open file, and with it the registration, alive.
    let survivor = try old.readEnd.duplicate()
    let new = try Pipe()
    try new.readEnd.duplicate(onto: number, .closed)
    let fresh = try reactor.register(old.readEnd, for: .reading)
    #expect(fresh != stale)
    #expect(try old.writeEnd.write([1]) == .bytes(1))
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(events[0].token == stale)
    #expect(try new.writeEnd.write([1]) == .bytes(1))
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(events[0].token == fresh)
    try survivor.close()
  }
}
