import Foundation
import GreenThreads
import TestSupport
import Testing

@Suite struct EventTraceTests {
  @Test func `it tells who was spawned, parked, woke and ended, when and why`() throws {
    let events = try onVirtualTime {
      EventTrace.begin()
      try withScope { scope in
        scope.spawn { try GreenThread.sleep(for: .milliseconds(3)) }
      }
      return EventTrace().events
    }
    let child = events.first { $0.kind == .spawn }?.thread
    let own = events.filter { $0.thread == child }
    try #require(own.count == 5)
    #expect(own.map(\.kind) == [.spawn, .park, .timer, .wake, .end])
    #expect(own.map(\.time.nanoseconds) == [0, 0, 3_000_000, 3_000_000, 3_000_000])
    #expect(own[1].reason?.description == "for a time")
    #expect(own[3].cause == .deadline)
    #expect(events.map(\.time) == events.map(\.time).sorted())
  }

  @Test func `the ring keeps the latest, and counts what it had no room for`() throws {
    try onVirtualTime {
      EventTrace.begin(capacity: 20)
      for _ in 0..<50 { try GreenThread.sleep(for: .nanoseconds(1)) }
      let trace = EventTrace()
      #expect(trace.events.count == 32)
      #expect(trace.droppedCount == 150 - 32)
      #expect(trace.events.last?.kind == .wake)
      #expect(trace.events.last?.time.nanoseconds == 50)
    }
  }

  @Test func `nothing is recorded before the beginning or after the end`() throws {
    try onVirtualTime {
      try GreenThread.sleep(for: .seconds(1))
      #expect(EventTrace().events.isEmpty)
      EventTrace.begin()
      try GreenThread.sleep(for: .seconds(1))
      #expect(EventTrace().events.count == 3)
      EventTrace.end()
      try GreenThread.sleep(for: .seconds(1))
      #expect(EventTrace().events.isEmpty)
    }
  }

  @Test func `it is exported in the format of Chrome's trace viewer`() throws {
    let text = try onVirtualTime {
      EventTrace.begin()
      try GreenThread.sleep(for: .nanoseconds(1_002_003))
      return EventTrace().json
    }
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let events = try #require(object["traceEvents"] as? [[String: Any]])
    #expect(events.compactMap { $0["name"] as? String } == ["park", "timer", "wake"])
    #expect(events[0]["args"] as? [String: String] == ["reason": "for a time"])
    #expect(events[2]["args"] as? [String: String] == ["cause": "deadline"])
    #expect(text.contains("\"ts\":1002.003,"))
  }

  @Test func `what an event source sees is recorded between what follows from it`() throws {
    let trace = try onVirtualTime {
      EventTrace.note("dropped, for nothing is recorded", 1)
      EventTrace.begin()
      try GreenThread.sleep(for: .seconds(1))
      EventTrace.note("readable descriptor", 7)
      return EventTrace()
    }
    EventTrace.note("dropped, for this is no scheduler", 2)
    #expect(trace.events.map(\.kind) == [.park, .timer, .wake, .io])
    let seen = trace.events.last
    #expect(seen?.reason?.description == "readable descriptor 7")
    #expect(seen?.thread == 0)
    #expect(seen?.time == .zero.advanced(by: .seconds(1)))
    #expect(trace.json.contains("\"args\":{\"seen\":\"readable descriptor 7\"}"))
  }

  @Test func `a trace that is not ended is freed with its scheduler`() throws {
    for _ in 0..<3 {
      try onVirtualTime { EventTrace.begin(capacity: 1 << 20) }
    }
    try onVirtualTime { #expect(EventTrace().events.isEmpty) }
  }
}
