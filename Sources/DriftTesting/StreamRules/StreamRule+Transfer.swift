internal import Drift

extension StreamRule {
  static let transferRules = [
    StreamRule("writing nothing succeeds, and sends nothing") { ends, _ in
      try ends.writer.write([UInt8]())
      // SAFETY: `bytes` of a span is unsafe for types with padding, which UInt8 has not.
      let count = try unsafe ends.writer.writeSome([UInt8]().span.bytes)
      try require(count == 0, "nothing was something")
      try requireThrown(DeadlineExceeded.self, by: "a read of nothing") {
        try withTimeout(.milliseconds(2)) { _ = try ends.reader.readSome() }
      }
      try ends.writer.write("x")
      try require(try ends.reader.readSome() == Array("x".utf8), "something came with it")
    },
    StreamRule("an empty buffer is 0 at once, and loses nothing") { ends, _ in
      var nothing: [UInt8] = []
      try require(try ends.reader.read(into: &nothing) == 0, "bytes in no space")
      try ends.writer.write("x")
      try require(try ends.reader.read(into: &nothing) == 0, "bytes in no space")
      try require(try ends.reader.readSome() == Array("x".utf8), "other bytes came")
    },
    StreamRule("a read gives what is there, and no more than fits") { ends, _ in
      try ends.writer.write("abcdefgh")
      var buffer = [UInt8](repeating: 0, count: 3)
      var received: [UInt8] = []
      while received.count < 8 {
        let count = try ends.reader.read(into: &buffer)
        try require(1...3 ~= count, "\(count) bytes in space for 3")
        received += buffer[..<count]
      }
      try require(received == Array("abcdefgh".utf8), "\(received) came")
    },
    StreamRule("a megabyte of random pieces arrives whole") { ends, seed in
      try exchange([(ends.writer, ends.reader)], seed: seed)
    },
    StreamRule(bothWays: "a megabyte each way at once, of random pieces, arrives whole") {
      near, far, seed in
      try exchange([(near, far), (far, near)], seed: seed)
    },
  ]

  private static func exchange(
    _ directions: [(any WritableStream, any ReadableStream)], seed: UInt64
  ) throws {
    try withScope { scope in
      for (index, (writer, reader)) in directions.enumerated() {
        let bytes = seededBytes(1 << 20, seed: seed &+ UInt64(index))
        scope.spawn { try writePieces(of: bytes, to: writer, seed: seed) }
        scope.spawn {
          let received = try readPieces(bytes.count, from: reader, seed: seed)
          try require(received == bytes, "direction \(index) has other bytes, with seed \(seed)")
        }
      }
    }
  }

  private static func writePieces(
    of bytes: [UInt8], to writer: any WritableStream, seed: UInt64
  ) throws {
    var sizes = SeededNumbers(seed: seed)
    var rest = bytes[...]
    while !rest.isEmpty {
      let size = min(rest.count, Int.random(in: 0...20_000, using: &sizes))
      try writer.write(rest.prefix(size))
      rest = rest.dropFirst(size)
      if size % 3 == 0 { GreenThread.yield() }
    }
  }

  private static func readPieces(
    _ count: Int, from reader: any ReadableStream, seed: UInt64
  ) throws -> [UInt8] {
    var sizes = SeededNumbers(seed: seed &+ 1)
    var received: [UInt8] = []
    while received.count < count {
      let room = min(count - received.count, Int.random(in: 1...20_000, using: &sizes))
      var buffer = [UInt8](repeating: 0, count: room)
      let size = try reader.read(into: &buffer)
      try require(size > 0, "the end after \(received.count) bytes")
      received += buffer[..<size]
      if size % 5 == 0 { GreenThread.yield() }
    }
    return received
  }
}
