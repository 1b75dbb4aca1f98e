import CoreShift
import Glibc
import Synchronization
import TestSupport
import Testing

/// A counter that two OS threads share.
private final class Published: Sendable {
  let count = Atomic(0)
}

@Suite struct InterrupterTests {
  @Test func `ends a wait from another OS thread`() async throws {
    let interrupter = try Interrupter()
    var reactor = try Reactor()
    let token = try reactor.register(interrupter)
    let thread = HelperThread { interrupter.interrupt() }
    var events: [Event] = []
    #expect(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) == 1)
    #expect(events[0].token == token)
    thread.join()
  }

  @Test func `a wait that sleeps without end is ended by it`() throws {
    let interrupter = try Interrupter()
    var reactor = try Reactor()
    let token = try reactor.register(interrupter)
    for _ in 0..<5 {
      let thread = HelperThread {
        usleep(2000)
        interrupter.interrupt()
      }
      var events: [Event] = []
      // Nothing else ends this one, but signals, which bring no event.
      while try reactor.wait(into: &events, upTo: 8) == 0 {}
      #expect(events.map(\.token) == [token])
      interrupter.acknowledge()
      thread.join()
    }
  }

  @Test func `one that comes before the wait is not lost`() throws {
    let interrupter = try Interrupter()
    interrupter.interrupt()
    var reactor = try Reactor()
    let token = try reactor.register(interrupter)
    var events: [Event] = []
    #expect(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) == 1)
    #expect(events[0].token == token)
  }

  @Test func `a thousand at once are one event`() throws {
    let interrupter = try Interrupter()
    var reactor = try Reactor()
    _ = try reactor.register(interrupter)
    for _ in 0..<1000 { interrupter.interrupt() }
    var events: [Event] = []
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 0)
  }

  @Test func `after acknowledging, each next one is an event again`() throws {
    let interrupter = try Interrupter()
    var reactor = try Reactor()
    _ = try reactor.register(interrupter)
    var events: [Event] = []
    for _ in 0..<100 {
      interrupter.interrupt()
      #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
      interrupter.acknowledge()
    }
    #expect(try reactor.wait(into: &events, upTo: 8, for: .zero) == 0)
  }

  @Test func `loses none of many published from another thread`() throws {
    let interrupter = try Interrupter()
    let published = Published()
    var reactor = try Reactor()
    _ = try reactor.register(interrupter)
    let rounds = 20_000
    let thread = HelperThread {
      for _ in 0..<rounds {
        published.count.add(1, ordering: .releasing)
        interrupter.interrupt()
      }
    }
    var events: [Event] = []
    var waits = 0
    while published.count.load(ordering: .acquiring) < rounds {
      // Ten seconds without an event would be a lost one.
      try #require(try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) == 1)
      interrupter.acknowledge()
      waits += 1
    }
    thread.join()
    #expect(waits <= rounds)
  }
}
