import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct RunTests {
  @Test func `a plain run says nothing, and owns no OS thread`() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      try onDrift {
        let before = osThreadCount()
        let (reader, writer) = try makePipe()
        let reading = GreenThread.spawn { try readText(reader) }
        try GreenThread.sleep(for: .milliseconds(1))
        try writer.write([0x78])
        #expect(try reading.join() == "x")
        #expect(try Command("true").output().isSuccess)
        #expect(OwnedThread.all.isEmpty && threads.isEmpty && osThreadCount() == before)
      }
      #expect(OwnedThread.all.isEmpty)
    }
    #expect(result?.standardOutputContent == [])
    #expect(result?.standardErrorContent == [])
  }

  @Test(.disabled(if: isSanitized, "a sanitizer has a report of its own"))
  func `the body of run has its overflow named, on the main thread of a program`() throws {
    try onDrift {
      let output = try exampleProgram("OverflowProgram").output()
      #expect(!output.isSuccess)
      let message = String(decoding: output.standardError, as: UTF8.self)
      #expect(message.contains("Stack overflow in green thread \"main\""), "\(message)")
      #expect(message.contains("spawned at GreenThreads/Run.swift:"))
      #expect(message.contains("stackSize:"))
    }
  }

  @Test func `the same readiness gives the same order, a hundred times`() throws {
    let expected = (0..<20).map { $0 * 7 % 20 }
    func trace() throws -> [String] {
      try onDrift {
        let pipes = try (0..<20).map { _ in try makePipe() }
        var woken: [Int] = []
        EventTrace.begin(capacity: 4096)
        try withScope { scope in
          for (index, pipe) in pipes.enumerated() {
            scope.spawn {
              try parkRead(pipe.reader)
              woken.append(index)
            }
          }
          GreenThread.yield()
          // All are ready before anybody looks.
          for index in expected { try pipes[index].writer.write([1]) }
        }
        #expect(woken == expected)
        return EventTrace().events.map { event in
          "\(event.kind) \(event.thread) \(event.reason?.kind ?? "-")"
        }
      }
    }
    let first = try trace()
    #expect(first.filter { $0.hasPrefix("io 0 readable") }.count == 20)
    for round in 1..<100 { #expect(try trace() == first, "round \(round)") }
  }

  @Test(.disabled(if: isThreadSanitized, "the sanitizer puts the signal off until a system call"))
  func `a time in which nobody runs is reported once, though the look ends a wait`() throws {
    let reports = Guarded<[Idleness]>([])
    try onDrift {
      let remote = RemoteHandle()
      let ticket = WakeTicket()
      let (reader, writer) = try makePipe()
      let waiting = GreenThread.spawn(name: "reader") { try parkRead(reader) }
      try GreenThread.reportIdleness(longerThan: .milliseconds(10)) { idleness in
        reports.withLock { $0.append(idleness) }
      }
      let helper = HelperThread {
        while reports.withLock({ $0.isEmpty }) { usleep(1000) }
        // Long enough for some more.
        usleep(100_000)
        remote.wake(ticket)
      }
      try GreenThread.park(ticket, for: ParkReason("for the helper"))
      GreenThread.stopReportingIdleness()
      helper.join()
      try writer.write([1])
      try waiting.join()
    }
    let all = reports.withLock { $0 }
    #expect(all.count == 1)
    let snapshot = try #require(all.first?.snapshot)
    #expect(snapshot.threads.map(\.reason?.kind) == ["for the helper", "to read descriptor"])
    #expect(snapshot.observations.first?.count == 1)
  }
}
