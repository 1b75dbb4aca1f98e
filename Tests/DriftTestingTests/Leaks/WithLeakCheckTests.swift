import Drift
import DriftTesting
import TestSupport
import Testing

@Suite struct WithLeakCheckTests {
  @Test func `what cleans up after itself passes, with its value`() throws {
    try withOwnDescriptors {
      try Drift.run {
        let sum = try withLeakCheck {
          try withScope { scope in
            let (reader, writer) = try Pipe.makeStreams()
            defer {
              reader.close()
              writer.close()
            }
            let numbers = (1...100).map { number in
              scope.spawn {
                try GreenThread.sleep(for: .milliseconds(1))
                return number
              }
            }
            return try numbers.reduce(0) { $0 + (try $1.join()) }
          }
        }
        #expect(sum == 5050)
      }
    }
  }

  @Test func `a green thread that is left behind is named`() throws {
    try onVirtualTime {
      let error = errorThrown {
        try withLeakCheck(of: [.greenThreads, .stacks]) {
          GreenThread.spawn(name: "forgotten") { try GreenThread.sleep(for: .seconds(60)) }
          GreenThread.yield()
        }
      }
      let leak = try #require(error as? LeakFound)
      #expect(leak.greenThreadCount == 1)
      #expect(leak.greenThreads.first?.hasPrefix("forgotten, spawned at ") == true)
      #expect(leak.stackCount == 1)
      #expect(leak.description.contains("forgotten"))
    }
  }

  @Test func `one from before that ends hides no other one`() throws {
    try onVirtualTime {
      let gate = Gate()
      let early = GreenThread.spawn { try gate.pass() }
      GreenThread.yield()
      let error = errorThrown {
        try withLeakCheck(of: [.greenThreads, .stacks]) {
          gate.open()
          try early.join()
          GreenThread.spawn(name: "forgotten") { try GreenThread.sleep(for: .seconds(60)) }
          GreenThread.yield()
        }
      }
      let leak = try #require(error as? LeakFound)
      #expect(leak.greenThreadCount == 1 && leak.stackCount == 1)
      #expect(leak.greenThreads.first?.hasPrefix("forgotten, spawned at ") == true)
    }
  }

  @Test func `a number that was used again is open on something else`() throws {
    try withOwnDescriptors {
      try Drift.run {
        let early = try Pipe.makeStreams()
        var kept: (reader: PipeReader, writer: PipeWriter)?
        let error = errorThrown {
          try withLeakCheck {
            early.reader.close()
            early.writer.close()
            kept = try Pipe.makeStreams()
          }
        }
        #expect((error as? LeakFound)?.descriptors.count == 2)
        kept?.reader.close()
        kept?.writer.close()
      }
    }
  }

  @Test func `a descriptor that is left open is named`() throws {
    try withOwnDescriptors {
      try Drift.run {
        var kept: (reader: PipeReader, writer: PipeWriter)?
        let error = errorThrown { try withLeakCheck { kept = try Pipe.makeStreams() } }
        let leak = try #require(error as? LeakFound)
        #expect(leak.descriptors.count == 2)
        #expect(leak.description.contains("pipe:["))
        #expect(leak.greenThreadCount == 0 && leak.stackCount == 0)
        kept?.reader.close()
        kept?.writer.close()
      }
    }
  }

  @Test func `what was there before is no leak, and the body's own error comes first`() throws {
    struct Failed: Error {}
    try onVirtualTime {
      let early = GreenThread.spawn { try GreenThread.sleep(for: .seconds(60)) }
      GreenThread.yield()
      try withLeakCheck(of: [.greenThreads, .stacks]) { GreenThread.yield() }
      #expect(throws: Failed.self) {
        try withLeakCheck(of: .greenThreads) {
          GreenThread.spawn { try GreenThread.sleep(for: .seconds(60)) }
          throw Failed()
        }
      }
      early.cancel()
    }
  }
}
