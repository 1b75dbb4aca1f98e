internal import Drift

extension StreamRule {
  static let endingRules = [
    StreamRule(
      "what was written before close is delivered, and then the end", exempt: .tellsNoEnd
    ) { ends, seed in
      let bytes = seededBytes(200_000, seed: seed)
      try withScope { scope in
        scope.spawn {
          try ends.writer.write(bytes)
          ends.writer.close()
        }
        let received = try ends.reader.readAll(limit: 1 << 20)
        try require(received == bytes, "\(received.count) of \(bytes.count) bytes, or other ones")
        for _ in 0..<3 {
          let more = try ends.reader.readSome()
          try require(more.isEmpty, "\(more.count) bytes came after the end")
        }
      }
    },
    StreamRule("the end wakes a parked reader", exempt: .tellsNoEnd) { ends, _ in
      try withScope { scope in
        let reading = scope.spawn { try ends.reader.readSome() }
        try reading.awaitPark()
        ends.writer.close()
        try require(try reading.join() == [], "bytes came from nowhere")
      }
    },
    StreamRule(
      bothWays: "ending one direction delivers the end, and reading goes on",
      exempt: [.tellsNoEnd, .endsWhole]
    ) { near, far, _ in
      try near.write("question")
      for _ in 0..<3 { try near.shutdownWrite() }
      let question = try far.readAll(limit: 100)
      try require(question == Array("question".utf8), "the question became \(question)")
      try far.write("answer")
      try far.shutdownWrite()
      let answer = try near.readAll(limit: 100)
      try require(answer == Array("answer".utf8), "the answer became \(answer)")
      // Harmless also when both directions are over.
      try near.shutdownWrite()
      try far.shutdownWrite()
    },
    StreamRule(
      bothWays: "after its end a direction takes no more", exempt: .endsWhole
    ) { near, far, _ in
      try near.shutdownWrite()
      for _ in 0..<3 {
        try requireThrown(CoreError.self, by: "writing", where: \.isBrokenConnection) {
          try near.write("x")
        }
      }
      try far.write("y")
      try require(try near.readExactly(1) == Array("y".utf8), "the other direction is gone")
    },
    StreamRule(
      bothWays: "ending a direction tells the writer that waits there",
      exempt: [.endsWhole, .takesEverything]
    ) { near, _, _ in
      try withScope { scope in
        let writing = scope.spawn {
          try requireThrown(CoreError.self, by: "writing", where: \.isBrokenConnection) {
            try near.writeForEver()
          }
        }
        try writing.awaitPark()
        try near.shutdownWrite()
        try writing.join()
      }
    },
    StreamRule(
      bothWays: "closing with unread bytes is told once, after what was written before",
      exempt: [.tellsNoEnd, .endsWhole, .losesSilently]
    ) { near, far, _ in
      try near.write("question")
      try require(try far.readExactly(1) == Array("q".utf8), "the question is another one")
      try far.write("answer")
      far.close()
      let answer = try near.readExactly(6)
      try require(answer == Array("answer".utf8), "the answer became \(answer)")
      try requireThrown(CoreError.self, by: "reading", where: { $0.code == .connectionReset }) {
        _ = try near.readSome()
      }
      for _ in 0..<3 {
        try require(try near.readSome().isEmpty, "bytes came after the end")
      }
    },
  ]
}
