internal import Drift

extension StreamRule {
  static let closingRules = [
    StreamRule("closing again is harmless") { ends, _ in
      for _ in 0..<3 {
        ends.reader.close()
        ends.writer.close()
      }
    },
    StreamRule("closing wakes a parked reader, with ResourceClosed") { ends, _ in
      try withScope { scope in
        let reading = scope.spawn {
          try requireThrown(ResourceClosed.self, by: "the parked read") {
            _ = try ends.reader.readSome()
          }
        }
        try reading.awaitPark()
        try require(!reading.isFinished, "a read of an empty stream did not wait")
        ends.reader.close()
        try reading.join()
      }
    },
    StreamRule(
      "closing wakes a parked writer, with ResourceClosed", exempt: .takesEverything
    ) { ends, _ in
      try withScope { scope in
        let writing = scope.spawn {
          try requireThrown(ResourceClosed.self, by: "the parked write") {
            try ends.writer.writeForEver()
          }
        }
        try writing.awaitPark()
        ends.writer.close()
        try writing.join()
      }
    },
    StreamRule("a closed stream stays closed") { ends, _ in
      ends.reader.close()
      ends.writer.close()
      for _ in 0..<3 {
        try requireThrown(ResourceClosed.self, by: "reading") { _ = try ends.reader.readSome() }
        try requireThrown(ResourceClosed.self, by: "writing") { try ends.writer.write("x") }
        try requireThrown(ResourceClosed.self, by: "shutdownWrite") {
          try ends.writer.shutdownWrite()
        }
      }
    },
    StreamRule(
      "where nobody reads any more a writer is told, and told again", exempt: .tellsNoEnd
    ) { ends, _ in
      ends.reader.close()
      for _ in 0..<3 {
        try requireThrown(CoreError.self, by: "writing", where: \.isBrokenConnection) {
          try ends.writer.writeForEver()
        }
      }
    },
    StreamRule(
      "a writer that waits is told when nobody reads any more",
      exempt: [.tellsNoEnd, .takesEverything]
    ) { ends, _ in
      try withScope { scope in
        let writing = scope.spawn {
          try requireThrown(CoreError.self, by: "writing", where: \.isBrokenConnection) {
            try ends.writer.writeForEver()
          }
        }
        try writing.awaitPark()
        ends.reader.close()
        try writing.join()
      }
    },
    StreamRule("a second reader is ResourceBusy, and the first is not disturbed") { ends, _ in
      try withScope { scope in
        let reading = scope.spawn { try ends.reader.readSome() }
        try reading.awaitPark()
        try requireThrown(ResourceBusy.self, by: "a second read") {
          _ = try ends.reader.readSome()
        }
        try ends.writer.write("x")
        try require(try reading.join() == Array("x".utf8), "the first read something else")
      }
    },
    StreamRule(
      "a second writer is ResourceBusy, and the first is not disturbed",
      exempt: .takesEverything
    ) { ends, _ in
      let bytes = [UInt8](repeating: 7, count: 16 << 20)
      try withScope { scope in
        let writing = scope.spawn { try ends.writer.write(bytes) }
        try writing.awaitPark()
        try requireThrown(ResourceBusy.self, by: "a second write") {
          try ends.writer.write("x")
        }
        let received = try ends.reader.readExactly(bytes.count)
        try require(received == bytes, "the first wrote something else")
        try writing.join()
      }
    },
  ]
}

extension CoreError {
  /// Whether it says that the other side is gone.
  var isBrokenConnection: Bool { code == .brokenPipe || code == .connectionReset }
}

extension ReadableStream {
  /// One read, of at most 64 KiB.
  func readSome() throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = try read(into: &buffer)
    return Array(buffer[..<count])
  }
}

extension WritableStream {
  /// Writes until that fails; a stream that takes 1 GiB that nobody reads has failed, too.
  func writeForEver() throws {
    let piece = [UInt8](repeating: 7, count: 64 << 10)
    for _ in 0..<(1 << 14) { try write(piece) }
  }
}
