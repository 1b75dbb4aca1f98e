import Drift
import DriftTesting
import TestSupport
import Testing

@Suite struct FaultyStreamTests {
  /// Faults that lose nothing, in pieces large enough for the rules' megabytes.
  private func faults(_ seed: UInt64) -> FaultScript {
    var script = FaultScript.rough(seed: seed)
    script.longestRead = 9_000
    script.longestWrite = 11_000
    script.longestDelay = .microseconds(100)
    return script
  }

  @Test(arguments: StreamRule.all)
  func `a faulty stream keeps the rules for streams`(rule: StreamRule) throws {
    let seed = UInt64.random(in: 1...1_000_000)
    try onVirtualTime {
      let (near, far) = MemoryStream.pair()
      let ends = StreamEnds(
        FaultyStream(near, faults: faults(seed)), FaultyStream(far, faults: faults(seed + 1)))
      try rule.check(ends, seed: seed, within: .seconds(1000))
    }
  }

  /// The sizes of the reads and the times at which they come, under a seed.
  private func trace(seed: UInt64) throws -> [String] {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair()
      let faulty = FaultyStream(far, faults: .rough(seed: seed))
      var trace: [String] = []
      let begin = Instant.now
      try near.write("a sentence that comes in many small pieces")
      near.close()
      var buffer = [UInt8](repeating: 0, count: 100)
      while case let count = try faulty.read(into: &buffer), count > 0 {
        trace.append("\(count) after \(Instant.now - begin)")
      }
      return trace
    }
  }

  @Test func `the same seed gives the same faults, and another seed others`() throws {
    let trace = try trace(seed: 7)
    #expect(trace.count > 5)
    #expect(try self.trace(seed: 7) == trace)
    #expect(try self.trace(seed: 8) != trace)
  }

  enum Misuse: CaseIterable, Codable { case noRead, noWrite, fewerYields, earlierDelay }

  @Test(arguments: Misuse.allCases)
  func `a script that moves nothing, or goes back, traps`(_ misuse: Misuse) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [misuse] in
      var script = FaultScript(seed: 1)
      switch misuse {
      case .noRead: script.longestRead = 0
      case .noWrite: script.longestWrite = 0
      case .fewerYields: script.mostYields = -1
      case .earlierDelay: script.longestDelay = .seconds(-1)
      }
      try onVirtualTime { _ = FaultyStream(MemoryStream.pair().0, faults: script) }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("a fault script moves one byte or more at a time"))
  }

  @Test func `no fault is chosen for nobody who asks for none`() throws {
    try onVirtualTime {
      let (near, far) = MemoryStream.pair()
      let faulty = FaultyStream(far, faults: FaultScript(seed: 1))
      let begin = Instant.now
      try near.write("all at once")
      #expect(try faulty.readExactly(11) == Array("all at once".utf8))
      #expect(Instant.now == begin)
    }
  }

  @Test func `others get turns before a call goes through`() throws {
    try onVirtualTime {
      var script = FaultScript(seed: 3)
      script.mostYields = 50
      let (near, far) = MemoryStream.pair()
      let faulty = FaultyStream(far, faults: script)
      var turns = 0
      try withScope { scope in
        let other = scope.spawn {
          while true {
            turns += 1
            GreenThread.yield()
            try GreenThread.checkCancellation()
          }
        }
        for _ in 0..<20 { try faulty.write("x") }
        #expect(try near.readExactly(20).count == 20)
        other.cancel()
      }
      #expect(turns > 20)
    }
  }

  @Test func `a reset comes behind so many bytes, to both sides`() throws {
    try onVirtualTime {
      var script = FaultScript.rough(seed: 5)
      script.readingEnds = .reset(afterBytes: 10)
      let (near, far) = MemoryStream.pair()
      let faulty = FaultyStream(far, faults: script)
      try near.write("0123456789abc")
      #expect(try faulty.readExactly(10) == Array("0123456789".utf8))
      for _ in 0..<2 {
        #expect(throws: CoreError(operation: "read", code: .connectionReset)) {
          try faulty.readExactly(1)
        }
        #expect(throws: CoreError(operation: "write", code: .connectionReset)) {
          try faulty.write("x")
        }
        #expect(throws: CoreError(operation: "read", code: .connectionReset)) {
          try near.readExactly(1)
        }
      }
    }
  }

  @Test func `a reset is told as a reset to who waits in the other direction`() throws {
    try onVirtualTime {
      var script = FaultScript(seed: 5)
      script.readingEnds = .reset(afterBytes: 1)
      let (near, far) = MemoryStream.pair(capacity: 4)
      let breaksReading = FaultyStream(far, faults: script)
      try near.write("0")
      try withScope { scope in
        let writing = scope.spawn {
          #expect(throws: CoreError(operation: "write", code: .connectionReset)) {
            try breaksReading.write("0123456789")
          }
        }
        GreenThread.yield()
        #expect(errorThrown { _ = try breaksReading.readExactly(2) } is CoreError)
        _ = try writing.join()
      }
      script = FaultScript(seed: 5)
      script.writingEnds = .reset(afterBytes: 1)
      let (ours, peer) = MemoryStream.pair()
      let breaksWriting = FaultyStream(ours, faults: script)
      try withScope { scope in
        let reading = scope.spawn {
          #expect(throws: CoreError(operation: "read", code: .connectionReset)) {
            try breaksWriting.readExactly(1)
          }
        }
        GreenThread.yield()
        #expect(errorThrown { try breaksWriting.write("01") } is CoreError)
        _ = try reading.join()
      }
      #expect(errorThrown { _ = try peer.readExactly(2) } is CoreError)
    }
  }

  @Test func `an early end of reading is the end, and writing goes on`() throws {
    try onVirtualTime {
      var script = FaultScript.rough(seed: 6)
      script.readingEnds = .end(afterBytes: 4)
      let (near, far) = MemoryStream.pair()
      let faulty = FaultyStream(far, faults: script)
      try near.write("0123456789")
      #expect(try faulty.readAll(limit: 100) == Array("0123".utf8))
      #expect(try faulty.readAll(limit: 100) == [])
      try faulty.write("still here")
      #expect(try near.readExactly(10) == Array("still here".utf8))
    }
  }

  @Test func `an early end of writing is told to both sides`() throws {
    try onVirtualTime {
      var script = FaultScript.rough(seed: 6)
      script.writingEnds = .end(afterBytes: 4)
      let (near, far) = MemoryStream.pair()
      let faulty = FaultyStream(far, faults: script)
      var taken = 0
      #expect(throws: CoreError(operation: "write", code: .brokenPipe)) {
        try faulty.write(Array("0123456789".utf8), counting: &taken)
      }
      #expect(taken == 4)
      #expect(try near.readAll(limit: 100) == Array("0123".utf8))
      try near.write("answer")
      #expect(try faulty.readExactly(6) == Array("answer".utf8))
    }
  }

  @Test func `closing ends a delay`() throws {
    try onVirtualTime {
      var script = FaultScript(seed: 1)
      script.longestDelay = .seconds(1_000_000)
      let faulty = FaultyStream(MemoryStream.pair().0, faults: script)
      let begin = Instant.now
      try withScope { scope in
        let reading = scope.spawn {
          #expect(throws: ResourceClosed.self) { try faulty.readExactly(1) }
        }
        try GreenThread.sleep(for: .seconds(1))
        faulty.close()
        _ = try reading.join()
      }
      #expect(Instant.now - begin == .seconds(1))
    }
  }
}
