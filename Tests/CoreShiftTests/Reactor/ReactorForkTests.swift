import CoreShift
import Testing

/// A forked child shares the epoll instance of its parent.
@Suite struct ReactorForkTests {
  @Test func `in a forked child every call on the parent's reactor is refused`() async {
    await #expect(processExitsWith: .success) {
      let holder = try ReactorHolder()
      let pipe = try Pipe()
      #expect(try pipe.writeEnd.write([1]) == .bytes(1))
      let token = try holder.reactor.register(pipe.readEnd, for: .reading)
      var events: [Event] = []
      // Here nothing is refused, and modifying arms the edge again each time.
      #expect(holder.staleCalls(token, pipe.writeEnd) == 0b00000)
      #expect(try holder.reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
      #expect(try exitCodeOfForkedCopy { holder.staleCalls(token, pipe.writeEnd) } == 0b11111)
      #expect(holder.reactor.contains(token) == true)
      #expect(try holder.reactor.wait(into: &events, upTo: 8, for: .zero) == 0)
    }
  }

  @Test func `so it is after a larger batch than there was room for`() async {
    await #expect(processExitsWith: .success) {
      let holder = try ReactorHolder()
      let pipe = try Pipe()
      let token = try holder.reactor.register(pipe.readEnd, for: .reading)
      var events: [Event] = []
      #expect(try holder.reactor.wait(into: &events, upTo: 4096, for: .zero) == 0)
      #expect(holder.staleCalls(token, pipe.writeEnd) == 0b00000)
      #expect(try exitCodeOfForkedCopy { holder.staleCalls(token, pipe.writeEnd) } == 0b11111)
    }
  }

  @Test func `so it is where the kernel cannot wipe the mark`() async {
    await #expect(processExitsWith: .success) {
      var made: ReactorHolder?
      // The third call of making a reactor is the advice to wipe.
      try Fault.inject(.invalidArgument, atCall: 3) { made = try ReactorHolder() }
      let holder = try #require(made)
      let pipe = try Pipe()
      let token = try holder.reactor.register(pipe.readEnd, for: .reading)
      #expect(holder.staleCalls(token, pipe.writeEnd) == 0b00000)
      #expect(try exitCodeOfForkedCopy { holder.staleCalls(token, pipe.writeEnd) } == 0b11111)
    }
  }

  @Test func `a child can make a reactor of its own, and its end leaves the parent's`() async {
    await #expect(processExitsWith: .success) {
      let holder = try ReactorHolder()
      let pipe = try Pipe()
      let token = try holder.reactor.register(pipe.readEnd, for: .reading)
      let code = try exitCodeOfForkedCopy {
        holder.replace()
        // `token` is unknown to the new one, which is not what "stale" says.
        return holder.staleCalls(token, pipe.writeEnd)
      }
      #expect(code == 0b00000)
      #expect(try pipe.writeEnd.write([1]) == .bytes(1))
      var events: [Event] = []
      #expect(try holder.reactor.wait(into: &events, upTo: 8, for: .zero) == 1)
      #expect(events.first?.token == token)
    }
  }
}

/// A reactor in a class, so that closures can share it.
private final class ReactorHolder {
  var reactor: Reactor

  init() throws(CoreError) { reactor = try Reactor() }

  /// Ends the reactor for one that this process has made.
  func replace() {
    if let own = try? Reactor() { reactor = own }
  }

  /// Which calls are refused as stale: a bit for each of waiting, registering, modifying,
  /// modifying raw, and unregistering.
  func staleCalls(_ token: Token, _ other: borrowing Fd) -> Int32 {
    var bits: Int32 = 0
    func note(_ bit: Int32, _ body: (inout Reactor) throws(CoreError) -> Void) {
      if reactor.failure(body)?.code == .stale { bits |= 1 << bit }
    }
    note(0) { reactor throws(CoreError) in
      var events: [Event] = []
      _ = try reactor.wait(into: &events, upTo: 8, for: .zero)
    }
    let number = other.rawValue
    var added = Token(rawValue: 0)
    note(1) { reactor throws(CoreError) in
      added = try reactor.register(rawDescriptor: number, rawFlags: EpollFlags.writable)
    }
    note(2) { reactor throws(CoreError) in try reactor.modify(token, to: .reading) }
    note(3) { reactor throws(CoreError) in
      try reactor.modify(token, rawFlags: EpollFlags.readable | EpollFlags.edgeTriggered)
    }
    note(4) { reactor throws(CoreError) in try reactor.unregister(added) }
    return bits
  }
}
