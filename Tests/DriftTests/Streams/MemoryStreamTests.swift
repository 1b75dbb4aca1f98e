import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

// What the rules for every stream do not say of one that is memory alone.
@Suite struct MemoryStreamTests {
  @Test func `letting go of an end closes it`() throws {
    try onVirtualTime {
      var ends: (MemoryStream, MemoryStream)? = MemoryStream.pair()
      let far = try #require(ends).1
      try ends?.0.write("last")
      ends = nil
      #expect(try far.readAll(limit: 10) == Array("last".utf8))
    }
  }

  @Test func `a reset drops what is unread, and the other end is told from then on`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair()
      try near.write("lost")
      try withScope(isolatingFailures: { _ in }) { scope in
        let reading = scope.spawn { try near.readExactly(1) }
        GreenThread.yield()
        near.reset()
        #expect(throws: ResourceClosed.self) { try reading.join() }
      }
      for _ in 1...2 {
        let unread = #expect(throws: CoreError.self) { try far.readExactly(1) }
        #expect(unread?.code == .connectionReset)
        let untaken = #expect(throws: CoreError.self) { try far.write("x") }
        #expect(untaken?.code == .connectionReset)
      }
    }
  }

  @Test func `a reset after closing takes nothing back`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair()
      try near.write("last")
      near.close()
      near.reset()
      #expect(try far.readAll(limit: 10) == Array("last".utf8))
    }
  }

  @Test func `who waits on the other end is told of a reset`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair(capacity: 1)
      try withScope(isolatingFailures: { _ in }) { scope in
        let reading = scope.spawn { try far.readExactly(1) }
        let writing = scope.spawn {
          try far.write("two")
          return true
        }
        GreenThread.yield()
        near.reset()
        let unread = #expect(throws: CoreError.self) { try reading.join() }
        #expect(unread?.code == .connectionReset)
        let untaken = #expect(throws: CoreError.self) { try writing.join() }
        #expect(untaken?.code == .connectionReset)
      }
    }
  }
}
