import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct ParkingTests {
  @Test func `the three primitives are enough to write an operation`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      defer { close(other) }
      let descriptor = try Descriptor(adopting: Fd(adopting: one))
      var byte: UInt8 = 0
      var parks = 0
      try withScope { scope in
        scope.spawn {
          while unsafe recv(descriptor.rawValue, &byte, 1, 0) < 0 && errno == EAGAIN {
            parks += 1
            try parkRead(descriptor)
          }
        }
        let deadline = Instant.now.advanced(by: .milliseconds(5))
        try parkTimer(until: deadline)
        #expect(Instant.now >= deadline)
        try parkTimer(until: deadline)
        try parkWrite(descriptor)
        try send("x", on: other)
      }
      #expect(byte == UInt8(ascii: "x"))
      #expect((1...2).contains(parks))
    }
  }

  @Test func `a raw descriptor is waited for, and its number forgotten`() throws {
    try onDrift {
      for _ in 0..<3 {
        let (one, other) = try makeSocketPair()
        defer {
          close(one)
          close(other)
        }
        try parkWrite(rawDescriptor: one)
        try withScope { scope in
          let reading = scope.spawn { try parkRead(rawDescriptor: one) }
          GreenThread.yield()
          let second = #expect(throws: CoreError.self) { try parkRead(rawDescriptor: one) }
          #expect(second?.code == .alreadyExists)
          try send("x", on: other)
          try reading.join(within: .seconds(20))
        }
        // Data that is there already counts.
        try withTimeout(.seconds(20)) { try parkRead(rawDescriptor: one) }
      }
    }
  }

  @Test func `raw descriptors that cannot be waited for are errors`() throws {
    try onDrift {
      let file = try Fd(opening: "/proc/self/exe", for: .reading)
      let regular = #expect(throws: CoreError.self) { try parkRead(rawDescriptor: file.rawValue) }
      #expect(regular?.code == .notPermitted)
      let closed = #expect(throws: CoreError.self) { try parkRead(rawDescriptor: 9999) }
      #expect(closed?.code == .badDescriptor)
      let negative = #expect(throws: CoreError.self) { try parkWrite(rawDescriptor: -1) }
      #expect(negative?.code == .badDescriptor)
    }
  }

  @Test func `a raw descriptor that its owner closes meanwhile hurts nobody`() throws {
    try onDrift {
      let (one, other) = try makeSocketPair()
      defer { close(other) }
      try withScope { scope in
        let reading = scope.spawn { try parkRead(rawDescriptor: one) }
        GreenThread.yield()
        close(one)
        try GreenThread.sleep(for: .milliseconds(2))
        reading.cancel()
        #expect(throws: Cancelled.self) { try reading.join() }
      }
    }
  }

  @Test(arguments: ["/dev/null", "/dev/random"])
  func `a raw descriptor whose number its owner uses again hurts nobody`(_ path: String) throws {
    try onDriftWithOwnDescriptors {
      let (one, other) = try makeSocketPair()
      let file = unsafe open(path, O_RDONLY)
      defer { close(file) }
      try withScope { scope in
        let reading = scope.spawn { try parkRead(rawDescriptor: one) }
        GreenThread.yield()
        #expect(dup2(file, one) == one)
        reading.cancel()
        #expect(throws: Cancelled.self) { try reading.join() }
      }
      close(one)
      close(other)
    }
  }

  @Test func `an event of a number's former owner reaches nobody, and is counted`() throws {
    try onDriftWithOwnDescriptors {
      let (one, other) = try makeSocketPair()
      let copy = dup(one)
      defer {
        close(copy)
        close(other)
      }
      try withScope { scope in
        let reading = scope.spawn { try parkRead(rawDescriptor: one) }
        GreenThread.yield()
        close(one)
        reading.cancel()
        #expect(throws: Cancelled.self) { try reading.join() }
      }
      #expect(staleEvents() == 0)
      // Nobody could remove what the copy keeps in the kernel's set, and the number is free.
      let (reader, writer) = try makePipe()
      #expect(reader.rawValue == one)
      try withScope { scope in
        let waiting = scope.spawn { try parkRead(reader) }
        GreenThread.yield()
        try send("x", on: other)
        for _ in 0..<2000 where staleEvents() == 0 {
          try GreenThread.sleep(for: .milliseconds(1))
        }
        #expect(staleEvents() == 1)
        #expect(!waiting.isFinished)
        try writer.write([1])
        try waiting.join(within: .seconds(20))
      }
    }
  }

  private func staleEvents() -> Int {
    SchedulerSnapshot().observations.first { $0.name == "stale events" }?.count ?? -1
  }

  @Test func `one that only waits for a descriptor is not a deadlock, all on locks are`() throws {
    #expect(throws: Deadlock.self) {
      try onDrift {
        try withScope { scope in
          let ticketHolder = scope.spawn {
            try GreenThread.park(WakeTicket(), for: ParkReason("for nothing"))
          }
          _ = try ticketHolder.join()
        }
      }
    }
    try onDrift {
      let (reader, writer) = try makePipe()
      let remote = RemoteWriter(writer.rawValue)
      let thread = HelperThread { remote.write() }
      #expect(try readText(reader) == "x")
      thread.join()
      _ = writer
    }
  }

  @Test func `waiting for a descriptor in virtual time traps`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onOwnThread { try run(on: VirtualTime()) { try parkRead(rawDescriptor: 0) } }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("which needs `Drift.run`, not virtual time"))
  }

  @Test func `another OS thread wakes an idle loop, long before its next deadline`() throws {
    try onDrift {
      let remote = RemoteHandle()
      let ticket = WakeTicket()
      let thread = HelperThread {
        usleep(20_000)
        remote.submit { ticket.wake() }
      }
      let cause = try GreenThread.park(
        ticket, for: ParkReason("for another OS thread"), until: .now.advanced(by: .seconds(20)))
      thread.join()
      #expect(cause == .ready)
    }
  }
}

private struct RemoteWriter: Sendable {
  let number: Int32

  init(_ number: Int32) {
    self.number = number
  }

  func write() {
    usleep(20_000)
    _ = unsafe Glibc.write(number, "x", 1)
  }
}
