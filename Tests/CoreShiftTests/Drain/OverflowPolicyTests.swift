import CoreShift
import TestSupport
import Testing

@Suite struct OverflowPolicyTests {
  /// Writes each piece into one of two pipes and drains it before the next, so that the order of
  /// arrival is known.
  private func drain(
    _ pieces: [(stream: DrainedStream, bytes: [UInt8])], _ limits: DrainLimits
  ) throws -> DrainedOutput {
    var reactor = try Reactor()
    let outputPipe = try Pipe()
    let errorPipe = try Pipe()
    let output = outputPipe.writeEnd
    let error = errorPipe.writeEnd
    var drain = DrainState(
      standardOutput: outputPipe.readEnd, standardError: errorPipe.readEnd, limits: limits)
    try drain.register(with: &reactor)
    var events: [Event] = []
    for piece in pieces {
      let written =
        piece.stream == .standardOutput
        ? try output.write(piece.bytes) : try error.write(piece.bytes)
      #expect(written == .bytes(piece.bytes.count))
      _ = try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20))
      for event in events {
        try drain.handle(event, on: &reactor)
        #expect(drain.retainedByteCount <= max(0, limits.byteLimit))
      }
    }
    try output.close()
    try error.close()
    while !drain.isDrained {
      guard try reactor.waitUninterrupted(into: &events, upTo: 8, for: .seconds(20)) > 0 else {
        break
      }
      for event in events { try drain.handle(event, on: &reactor) }
    }
    #expect(drain.isDrained == true)
    return drain.takeOutput()
  }

  private func bytes(_ count: Int, from start: Int = 0) -> [UInt8] {
    (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 13) }
  }

  private func cut(_ bytes: [UInt8], _ size: Int) -> [(stream: DrainedStream, bytes: [UInt8])] {
    stride(from: 0, to: bytes.count, by: size).map {
      (.standardOutput, Array(bytes[$0..<min(bytes.count, $0 + size)]))
    }
  }

  @Test(arguments: [1, 65_535, 65_536, 65_537, 150_000, 1_500_000], [1 << 21, .max])
  func `a long output is kept whole, without much room behind it`(count: Int, limit: Int) throws {
    let written = bytes(count)
    let result = try drain(cut(written, 30_011), DrainLimits(byteLimit: limit))
    #expect(result.standardOutput == written)
    #expect(result.standardOutput.capacity <= 4 * max(count, 1 << 16))
    #expect(result.isTruncated == false)
  }

  @Test(arguments: [1, 7, 100, 1000], [0, 1, 99, 100, 101, 250])
  func `the tail is what was written last`(pieceSize: Int, limit: Int) throws {
    let written = bytes(1000)
    let result = try drain(
      cut(written, pieceSize), DrainLimits(byteLimit: limit, overflow: .keepTail))
    #expect(result.standardOutput == written.suffix(limit))
    #expect(result.isTruncated)
  }

  @Test func `a tail that fits is everything, and not truncated`() throws {
    let written = bytes(1000)
    let result = try drain(cut(written, 10), DrainLimits(byteLimit: 1000, overflow: .keepTail))
    #expect(result.standardOutput == written)
    #expect(!result.isTruncated)
  }

  @Test(arguments: [true, false])
  func `an endless output does not push out the other one's few lines`(comesFirst: Bool) throws {
    let few = bytes(10, from: 77)
    var pieces = cut(bytes(50_000), 5000)
    pieces.insert((.standardError, few), at: comesFirst ? 0 : pieces.count)
    let result = try drain(pieces, DrainLimits(byteLimit: 100, overflow: .keepTail))
    #expect(result.standardError == few)
    #expect(result.standardOutput == bytes(50_000).suffix(90))
    #expect(result.isTruncated)
  }

  @Test(.disabled(if: isSanitized, "the sanitizer keeps what is free"))
  func `an endless output takes no more memory than some times its tail`() async {
    await #expect(processExitsWith: .success) {
      let bytes = [UInt8](repeating: 7, count: 60_000)
      let pieces = Array(
        repeating: (stream: DrainedStream.standardOutput, bytes: bytes), count: 1_000)
      let limits = DrainLimits(byteLimit: 100_000, overflow: .keepTail)
      let before = peakResidentBytes()
      let result = try OverflowPolicyTests().drain(pieces, limits)
      #expect(result.standardOutput.count == 100_000)
      #expect(peakResidentBytes() - before < 20_000_000, "all of it is three times that")
    }
  }

  @Test func `two endless outputs keep half of the limit each`() throws {
    var pieces: [(stream: DrainedStream, bytes: [UInt8])] = []
    for piece in cut(bytes(10_000), 100) {
      pieces.append(piece)
      pieces.append((.standardError, piece.bytes))
    }
    let result = try drain(pieces, DrainLimits(byteLimit: 101, overflow: .keepTail))
    #expect(result.standardOutput.count + result.standardError.count == 101)
    #expect(result.standardOutput.count >= 50 && result.standardError.count >= 50)
    #expect(result.standardOutput == bytes(10_000).suffix(result.standardOutput.count))
    #expect(result.standardError == bytes(10_000).suffix(result.standardError.count))
  }

  @Test func `discarding keeps all that fits and nothing of what does not`() throws {
    let limits = DrainLimits(byteLimit: 1000, overflow: .discard)
    let fitting = try drain(cut(bytes(1000), 300), limits)
    #expect(fitting.standardOutput == bytes(1000))
    #expect(!fitting.isTruncated)
    let excessive = try drain(
      [(.standardError, [1])] + cut(bytes(1001), 300) + [(.standardError, [2])], limits)
    #expect(excessive.standardOutput.isEmpty && excessive.standardError.isEmpty)
    #expect(excessive.isTruncated)
  }

  @Test func `an output that passes its own limit leaves the other one alone`() throws {
    let pieces = cut(bytes(500), 50) + [(.standardError, [1, 2, 3])]
    var limits = DrainLimits(byteLimit: 1000, overflow: .discard)
    limits.standardOutputLimit = 100
    let discarded = try drain(pieces, limits)
    #expect(discarded.standardOutput.isEmpty)
    #expect(discarded.standardError == [1, 2, 3])
    #expect(discarded.isTruncated)
    limits.overflow = .keepHead
    let head = try drain(pieces, limits)
    #expect(head.standardOutput == bytes(100))
    #expect(head.standardError == [1, 2, 3])
    limits.overflow = .keepTail
    limits.standardErrorLimit = 2
    let tail = try drain(pieces, limits)
    #expect(tail.standardOutput == bytes(500).suffix(100))
    #expect(tail.standardError == [2, 3])
  }

  @Test(arguments: [OverflowPolicy.keepHead, .keepTail, .discard])
  func `no limit and a negative one keep nothing`(overflow: OverflowPolicy) throws {
    for limit in [0, -5] {
      var limits = DrainLimits(overflow: overflow)
      limits.byteLimit = limit
      limits.bytesPerTurn = limit
      let result = try drain([(.standardOutput, [1, 2]), (.standardError, [3])], limits)
      #expect(result.standardOutput.isEmpty && result.standardError.isEmpty)
      #expect(result.isTruncated)
    }
  }
}
