import CoreShift
import Testing

@Suite struct EventDescriptorTests {
  @Test func `starts at its initial count, and taking it leaves none`() throws {
    let event = try EventDescriptor(initialCount: 5)
    #expect(try event.take() == .count(5))
    #expect(try event.take() == .wouldBlock)
  }

  @Test func `adds up what is added`() throws {
    let event = try EventDescriptor()
    #expect(try event.add(2) == .count(2))
    #expect(try event.add(40) == .count(40))
    #expect(try event.take() == .count(42))
  }

  @Test func `adds nothing beyond its maximum`() throws {
    let event = try EventDescriptor()
    #expect(try event.add(.max - 1) == .count(.max - 1))
    #expect(try event.add(1) == .wouldBlock)
    #expect(try event.take() == .count(.max - 1))
  }

  @Test func `as a semaphore gives one at a time`() throws {
    let event = try EventDescriptor(initialCount: 2, .semaphore)
    #expect(try event.take() == .count(1))
    #expect(try event.take() == .count(1))
    #expect(try event.take() == .wouldBlock)
  }

  @Test func `refuses the one number that cannot be added`() throws {
    let event = try EventDescriptor()
    let number = event.descriptor.rawValue
    let outcome = Result { () throws(CoreError) in try event.add(.max) }
    #expect(
      outcome
        == .failure(
          CoreError(operation: "write", code: .invalidArgument, subject: .descriptor(number))))
  }

  @Test func `is non-blocking and close-on-exec`() throws {
    let event = try EventDescriptor()
    #expect(try event.descriptor.blockingMode == .nonBlocking)
    #expect(try event.descriptor.execMode == .closed)
  }

  @Test func `a transfer of another size than eight bytes is an error, not garbage`() throws {
    let event = try EventDescriptor(initialCount: 1)
    let timer = try TimerDescriptor()
    let signals = try SignalDescriptor([.user2])
    // Somebody has put another file under their numbers.
    let pipe = try Pipe()
    try pipe.readEnd.duplicate(onto: event.descriptor.rawValue, .closed)
    try pipe.readEnd.duplicate(onto: timer.descriptor.rawValue, .closed)
    try pipe.readEnd.duplicate(onto: signals.descriptor.rawValue, .closed)
    func expectGarbage(
      from number: Int32, _ take: () throws(CoreError) -> Void
    ) throws {
      #expect(try pipe.writeEnd.write([1, 2, 3]) == .bytes(3))
      let outcome = Result { () throws(CoreError) in try take() }
      guard case .failure(let error) = outcome else {
        Issue.record("three bytes were taken")
        return
      }
      #expect(
        error == CoreError(operation: "read", code: .inputOutput, subject: .descriptor(number)))
    }
    try expectGarbage(from: event.descriptor.rawValue) { () throws(CoreError) in
      _ = try event.take()
    }
    try expectGarbage(from: timer.descriptor.rawValue) { () throws(CoreError) in
      _ = try timer.takeExpirations()
    }
    try expectGarbage(from: signals.descriptor.rawValue) { () throws(CoreError) in
      _ = try signals.take()
    }
  }

  @Test func `a reactor tells that there is something to take`() throws {
    let event = try EventDescriptor()
    var reactor = try Reactor()
    let token = try reactor.register(event)
    var events: [Event] = []
    #expect(try reactor.wait(into: &events, upTo: 4, for: .zero) == 0)
    try event.add(1)
    #expect(try reactor.wait(into: &events, upTo: 4, for: .zero) == 1)
    #expect(events.first?.token == token)
    try reactor.unregister(token)
  }
}
