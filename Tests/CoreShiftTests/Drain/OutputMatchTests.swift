import CoreShift
import TestSupport
import Testing

@Suite struct OutputMatchTests {
  @Test(arguments: [1, 2, 3, 7, 100])
  func `a pattern is found however the output is cut`(pieceSize: Int) throws {
    let text = "aabaabaaabaab ready aabaaabaa"
    for pattern in ["ready", "aabaaab", "a", "baa a", text] {
      let isThere = text.contains(pattern)
      let result = try drain(pieces(text, pieceSize), until: .text(pattern))
      #expect(result.isMatched == isThere, "\(pattern) in pieces of \(pieceSize)")
    }
  }

  @Test func `a pattern that is not there is not found`() throws {
    let result = try drain(pieces("readreadyread", 4), until: .text("readyready"))
    #expect(!result.isMatched)
    #expect(result.standardOutput == Array("readreadyread".utf8))
  }

  @Test func `of any pattern the first place is found, however the bytes are cut`() {
    let seed = UInt64.random(in: 1...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<5_000 {
      // Of two letters, so that most patterns begin again within themselves.
      let pattern = letters(1...7, &generator)
      let bytes = letters(0...40, &generator)
      var search = OutputSearch(.bytes(pattern))
      var (seen, found) = (0, 0..<0)
      while seen < bytes.count, found.isEmpty {
        let end = min(bytes.count, seen + Int.random(in: 1...5, using: &generator))
        if search.finds(in: bytes[seen..<end].span) { found = seen..<end }
        seen = end
      }
      let ends = pattern.count...max(pattern.count, bytes.count)
      let first = ends.first { Array(bytes.prefix($0).suffix(pattern.count)) == pattern }
      let isRight = first.map { found.contains($0 - 1) } ?? found.isEmpty
      guard isRight else {
        Issue.record("seed \(seed): \(pattern) in \(bytes) ends at \(first ?? 0), not in \(found)")
        return
      }
    }
  }

  private func letters(
    _ counts: ClosedRange<Int>, _ generator: inout SeededGenerator
  ) -> [UInt8] {
    (0..<Int.random(in: counts, using: &generator)).map { _ in
      UInt8.random(in: 97...98, using: &generator)
    }
  }

  @Test func `a predicate sees the end of what came before`() throws {
    let match = OutputMatch.predicate(overlap: 4) { bytes in
      bytes.count >= 5
        && (0...bytes.count - 5).contains { bytes[$0] == 0x72 && bytes[$0 + 4] == 0x79 }
    }
    #expect(try drain(pieces("is it ready or not", 1), until: match).isMatched)
    #expect(try !drain(pieces("is it red", 1), until: match).isMatched)
  }

  @Test func `a match behind the limit is seen, and keeps the first bytes`() throws {
    let text = String(repeating: "x", count: 500) + "stop"
    let limits = DrainLimits(byteLimit: 100)
    let result = try drain(pieces(text, 50), limits: limits, until: .text("xxstop"))
    #expect(result.isMatched)
    #expect(result.isTruncated)
    #expect(result.standardOutput.count == 100)
  }

  private func pieces(_ text: String, _ size: Int) -> [[UInt8]] {
    let bytes = Array(text.utf8)
    return stride(from: 0, to: bytes.count, by: size).map {
      Array(bytes[$0..<min(bytes.count, $0 + size)])
    }
  }

  /// Writes each piece only after the one before it was drained.
  private func drain(
    _ pieces: [[UInt8]], limits: DrainLimits = DrainLimits(), until match: OutputMatch
  ) throws -> DrainedOutput {
    var reactor = try Reactor()
    let pipe = try Pipe()
    let writer = pipe.writeEnd
    var drain = DrainState(standardOutput: pipe.readEnd, limits: limits, until: match)
    try drain.register(with: &reactor)
    var events: [Event] = []
    for piece in pieces {
      guard !drain.isDrained else { break }
      _ = try writer.write(piece)
      _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
      for event in events { try drain.handle(event, on: &reactor) }
    }
    try writer.close()
    if !drain.isDrained {
      _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
      for event in events { try drain.handle(event, on: &reactor) }
    }
    #expect(drain.isDrained == true)
    #expect(reactor.count == 0)
    return drain.takeOutput()
  }
}
