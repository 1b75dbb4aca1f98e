internal import Drift

extension StreamRule {
  static let cancellationRules = [
    StreamRule("a cancelled write says how much was taken", exempt: .takesEverything) {
      ends, seed in
      let bytes = repeatedBytes(24 << 20, seed: seed)
      var taken = 0
      try requireThrown(DeadlineExceeded.self, by: "a write that nobody reads") {
        try withTimeout(.milliseconds(20)) {
          try ends.writer.write(bytes, counting: &taken)
        }
      }
      try require(0..<bytes.count ~= taken, "\(taken) of \(bytes.count) bytes taken")
      // Nothing more may come than that, and nothing less.
      let mark = [UInt8](repeating: 0xFF, count: 3)
      try withScope { scope in
        scope.spawn { try ends.writer.write(mark) }
        let received = try ends.reader.readExactly(taken + mark.count)
        let expected = Array(bytes[..<taken]) + mark
        try require(received == expected, "other bytes came, or more than it said")
      }
    },
    StreamRule("a cancelled read loses nothing") { ends, _ in
      try requireThrown(DeadlineExceeded.self, by: "a read of nothing") {
        try withTimeout(.milliseconds(2)) { _ = try ends.reader.readSome() }
      }
      try ends.writer.write("later")
      try require(try ends.reader.readExactly(5) == Array("later".utf8), "other bytes came")
    },
    StreamRule("in a cancelled scope nothing is read or written, though it could be") { ends, _ in
      try ends.writer.write("before")
      try withScope { scope in
        let child = scope.spawn {
          // Cancelled here, and not before it has begun.
          GreenThread.yield()
          try requireThrown(Cancelled.self, by: "writing") { try ends.writer.write("x") }
          try requireThrown(Cancelled.self, by: "reading") { _ = try ends.reader.readSome() }
        }
        GreenThread.yield()
        child.cancel()
        try child.join()
      }
      try ends.writer.write("behind")
      let received = try ends.reader.readExactly(12)
      try require(received == Array("beforebehind".utf8), "\(received) came")
    },
    StreamRule("a cancelled close still closes") { ends, _ in
      try withScope { scope in
        let child = scope.spawn {
          // Cancelled here, and not before it has begun.
          GreenThread.yield()
          ends.reader.close()
          ends.writer.close()
        }
        GreenThread.yield()
        child.cancel()
        try child.join()
      }
      try requireThrown(ResourceClosed.self, by: "reading") { _ = try ends.reader.readSome() }
      try requireThrown(ResourceClosed.self, by: "writing") { try ends.writer.write("x") }
    },
  ]
}
