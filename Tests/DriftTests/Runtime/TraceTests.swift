import Drift
import GreenThreads
import TestSupport
import Testing

@Suite struct TraceTests {
  @Test func `the event trace tells of descriptors and processes`() throws {
    let events = try onDrift {
      let (reader, writer) = try makePipe()
      EventTrace.begin()
      let child = GreenThread.spawn { try readText(reader) }
      GreenThread.yield()
      try writer.write([0x78])
      #expect(try child.join() == "x")
      _ = try Command("true").output()
      return EventTrace().events
    }
    let seen = events.filter { $0.kind == .io }
    #expect(seen.contains { $0.reason?.kind == "readable descriptor" })
    #expect(seen.contains { $0.reason?.kind == "end of process" })
    #expect(seen.allSatisfy { $0.thread == 0 && $0.cause == nil })
    let first = try #require(events.firstIndex { $0.reason?.kind == "readable descriptor" })
    #expect(events[first...].contains { $0.kind == .wake })
  }
}
