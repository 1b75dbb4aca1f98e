import CoreShift
import Drift
import GreenThreads
import TestSupport
import Testing

// Open descriptors that travel with a message.
@Suite struct PassedDescriptorTests {
  @Test(arguments: [1, 253])
  func `passed descriptors arrive usable and close-on-exec`(count: Int) throws {
    try withOwnDescriptors {
      try Drift.run {
        let (one, other) = try UnixStream.pair()
        let pipe = try Pipe()
        let writers = [Int32](repeating: pipe.writeEnd.rawValue, count: count)
        try one.write(Array("take".utf8), passing: writers)
        var buffer = [UInt8](repeating: 0, count: 10)
        var message = try other.receive(into: &buffer)
        #expect(message.outcome == .bytes(4) && !message.hasLostDescriptors)
        #expect(message.descriptors.count == count)
        var taken = 0
        while let writer = message.descriptors.takeFirst() {
          #expect(try writer.execMode == .closed)
          #expect(try writer.write([UInt8(truncatingIfNeeded: taken)]) == .bytes(1))
          taken += 1
        }
        #expect(taken == count)
        var bytes = [UInt8](repeating: 0, count: 300)
        #expect(try pipe.readEnd.read(into: &bytes) == .bytes(count))
      }
    }
  }

  @Test func `descriptors that nobody wants, or takes, are closed`() throws {
    try withOwnDescriptors {
      try Drift.run {
        let (one, other) = try UnixStream.pair()
        let before = try DescriptorCensus()
        let passed = [Int32](repeating: one.descriptorNumber, count: 5)
        var buffer = [UInt8](repeating: 0, count: 10)
        try one.write([1], passing: passed)
        do {
          let message = try other.receive(into: &buffer, descriptors: 2)
          #expect(message.descriptors.count == 2 && message.hasLostDescriptors)
        }
        try one.write([2], passing: passed)
        #expect(try other.read(into: &buffer) == 1)
        #expect(try DescriptorCensus().opened(since: before) == [])
      }
    }
  }

  @Test func `too many, none that is open, and no byte are errors`() throws {
    try onDrift {
      let (one, other) = try UnixStream.pair()
      let number = one.descriptorNumber
      for (bytes, passed, code): ([UInt8], [Int32], ErrorCode) in [
        ([1], [Int32](repeating: number, count: 254), .invalidArgument),
        ([], [number], .invalidArgument), ([1], [-1], .badDescriptor),
      ] {
        let error = #expect(throws: CoreError.self) { try one.write(bytes, passing: passed) }
        #expect(error?.code == code)
      }
      try one.write([9])
      #expect(try other.readExactly(1) == [9])
    }
  }

  @Test func `descriptors come with the first byte of a long message, which comes whole`() throws {
    try onDrift {
      let (one, other) = try UnixStream.pair()
      let bytes = noise(1 << 20, seed: 9)
      try withScope { scope in
        scope.spawn {
          try one.write(bytes, passing: [one.descriptorNumber])
          try one.shutdownWrite()
        }
        var buffer = [UInt8](repeating: 0, count: 1000)
        let message = try other.receive(into: &buffer)
        #expect(message.descriptors.count == 1)
        guard case .bytes(let count) = message.outcome else {
          Issue.record("no bytes")
          return
        }
        #expect(Array(buffer[..<count]) + (try other.readAll(limit: 2 << 20)) == bytes)
      }
    }
  }
}

extension OpenSocket {
  /// The socket's number.
  var descriptorNumber: Int32 {
    (try? withSocket { socket throws(CoreError) in socket.rawValue }) ?? -1
  }
}
