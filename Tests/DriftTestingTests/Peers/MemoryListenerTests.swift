import Drift
import DriftTesting
import TestSupport
import Testing

@Suite struct MemoryListenerTests {
  @Test(arguments: [true, false])
  func `a listener without room traps, and says what to give`(isBacklog: Bool) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [isBacklog] in
      _ = isBacklog ? MemoryListener(backlog: 0) : MemoryListener(capacity: 0)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains(isBacklog ? "a backlog of 0 conn" : "a capacity of 0 bytes"))
  }

  @Test func `a server serves its clients and drains, all in memory`() throws {
    try onVirtualTime {
      let listener = MemoryListener()
      var failures = 0
      try withScope { scope in
        let serving = scope.spawn {
          try listener.serve(limit: 2, draining: .seconds(5), onFailure: { _ in failures += 1 }) {
            client in
            try GreenThread.sleep(for: .seconds(1))
            let question = try client.readExactly(1)
            if question == [0] { throw InvalidArgument("zero") }
            try client.write(question)
          }
        }
        var answers: [[UInt8]] = []
        let clients = (0..<5).map { number in
          scope.spawn {
            let stream = try listener.connect()
            try stream.write([UInt8(number)])
            answers.append(try stream.readAll(limit: 10))
          }
        }
        // All have come, and only two have a place: stopping refuses none of them.
        GreenThread.yield()
        listener.stop()
        #expect(throws: CoreError(operation: "connect", code: .connectionRefused)) {
          try listener.connect()
        }
        for client in clients { try client.join() }
        #expect(try serving.join() == 0)
        #expect(answers == [[], [1], [2], [3], [4]])
        #expect(failures == 1)
      }
    }
  }

  @Test func `who waits in the queue of a closed listener is reset`() throws {
    try onVirtualTime {
      let listener = MemoryListener()
      let waiting = try listener.connect()
      try waiting.write("x")
      listener.close()
      listener.close()
      #expect(throws: CoreError(operation: "read", code: .connectionReset)) {
        try waiting.readExactly(1)
      }
      #expect(throws: CoreError(operation: "write", code: .connectionReset)) {
        try waiting.write("y")
      }
      #expect(throws: ResourceClosed.self) { try listener.accept() }
      #expect(listener.stopped.isOpen)
    }
  }

  @Test func `a full backlog makes the next client wait until one is accepted`() throws {
    try onVirtualTime {
      let listener = MemoryListener(backlog: 1)
      let log = EventLog()
      try withScope { scope in
        scope.spawn {
          for number in 1...2 {
            _ = try listener.connect()
            log.note("connected \(number)")
          }
        }
        try GreenThread.sleep(for: .seconds(1))
        log.note("accepting")
        _ = try listener.accept()
        try GreenThread.sleep(for: .seconds(1))
        #expect(log.entries == ["connected 1", "accepting", "connected 2"])
      }
    }
  }

  @Test func `closing wakes who accepts and who connects`() throws {
    try onVirtualTime {
      let idle = MemoryListener()
      let full = MemoryListener(backlog: 1)
      _ = try full.connect()
      try withScope { scope in
        let accepting = scope.spawn {
          #expect(throws: ResourceClosed.self) { try idle.accept() }
        }
        let connecting = scope.spawn {
          #expect(throws: CoreError(operation: "connect", code: .connectionRefused)) {
            try full.connect()
          }
        }
        try GreenThread.sleep(for: .seconds(1))
        #expect(!accepting.isFinished && !connecting.isFinished)
        idle.close()
        full.close()
        _ = try accepting.join()
        _ = try connecting.join()
      }
    }
  }
}
