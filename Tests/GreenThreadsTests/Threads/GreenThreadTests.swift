import Synchronization
import TestSupport
import Testing

@testable import GreenThreads

@Suite struct GreenThreadTests {
  @Test func `one that has ended has no name, and keeps its number`() throws {
    try onVirtualTime {
      let (ended, id) = try withScope { scope in
        try scope.spawn(name: "short") { (GreenThread.current, GreenThread.current.id) }.join()
      }
      #expect(ended.name == "")
      #expect(ended.id == id)
    }
  }

  /// ThreadSanitizer sees whether a record is looked at that belongs to somebody else.
  @Test func `outside of its scheduler it names one that has ended, whoever has its record now`()
    throws
  {
    let isOver = Ending()
    var kept: (thread: GreenThread, handle: Handle<Int>, scope: Scope, ticket: WakeTicket)?
    var id: UInt64 = 0
    try onVirtualTime {
      id = GreenThread.current.id
      kept = try withScope { scope in
        let handle = scope.spawn(name: "one") { 1 }
        let ticket = WakeTicket()
        return (GreenThread.current, handle, scope, ticket)
      }
    }
    // The next scheduler gets the records of the last one.
    let other = HelperThread {
      while !isOver.hasCome.load(ordering: .acquiring) {
        try? run(on: VirtualTime()) {
          try withScope { scope in
            for _ in 0..<10 { scope.spawn(name: "another") { GreenThread.yield() } }
          }
        }
      }
    }
    let (thread, handle, scope, ticket) = try #require(kept)
    for _ in 0..<1_000 {
      guard thread.name.isEmpty, handle.isFinished, scope.isCancelled, scope.childCount == 0 else {
        Issue.record("it is still there")
        break
      }
      handle.cancel()
    }
    try onVirtualTime {
      for _ in 0..<1_000 {
        #expect(throws: ResourceClosed.self) { try handle.join() }
        #expect(throws: ResourceClosed.self) { try joinAny([handle]) }
        #expect(!ticket.wake())
      }
    }
    isOver.hasCome.store(true, ordering: .releasing)
    other.join()
    #expect(thread.id == id)
  }
}

/// Tells another OS thread to end.
private final class Ending: Sendable {
  let hasCome = Atomic(false)
}
