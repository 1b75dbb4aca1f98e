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
    let number = event.descriptor.rawValue
    #expect(
      throws: CoreError(operation: "read", code: .invalidArgument, subject: .descriptor(number))
    ) {
      var buffer: [UInt8] = [0, 0, 0]
      _ = try Fd.readOnce(number, into: &buffer)
    }
  }
}
