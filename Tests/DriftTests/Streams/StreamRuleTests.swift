import CoreShift
import Drift
import DriftTesting
import Glibc
import GreenThreads
import TestSupport
import Testing

@Suite struct StreamRuleTests {
  @Test(arguments: StreamKind.allCases, StreamRule.all)
  func `every stream keeps the rule`(kind: StreamKind, rule: StreamRule) throws {
    let seed = UInt64.random(in: 1...1_000_000)
    try onDrift(within: .seconds(60)) {
      try rule.check(try kind.makeEnds(), limits: kind.limits, seed: seed)
    }
  }

  @Test func `a stream that only says it is closed is found out`() throws {
    let rules = try broken { LyingStream($0, lie: .closesSilently) }
    #expect(rules.contains("closing wakes a parked reader, with ResourceClosed"))
    #expect(rules.contains("a closed stream stays closed"))
  }

  @Test func `a stream that loses bytes is found out`() throws {
    let rules = try broken { LyingStream($0, lie: .losesBytes) }
    #expect(rules.contains("a megabyte of random pieces arrives whole"))
    #expect(rules.contains("what was written before close is delivered, and then the end"))
  }

  @Test func `a stream whose directions do not end is found out`() throws {
    let rules = try broken { LyingStream($0, lie: .endsNoDirection) }
    #expect(rules.contains("ending one direction delivers the end, and reading goes on"))
    #expect(rules.contains("after its end a direction takes no more"))
  }

  @Test func `a stream that forgets who waits to write when it ends is found out`() throws {
    let rules = try broken { LyingStream($0, lie: .forgetsWriter) }
    #expect(rules.contains("ending a direction tells the writer that waits there"))
    #expect(!rules.contains("after its end a direction takes no more"))
  }

  /// The rules that a lying stream breaks.
  private func broken(_ make: (MemoryStream) -> LyingStream) throws -> [String] {
    try onDrift(within: .seconds(60)) {
      var rules: [String] = []
      for rule in StreamRule.all {
        let (near, far) = MemoryStream.pair()
        do throws(StreamRuleBroken) {
          try rule.check(StreamEnds(make(near), make(far)), within: .milliseconds(200))
        } catch {
          rules.append(error.rule)
        }
      }
      return rules
    }
  }
}

/// A memory stream with one thing wrong.
private final class LyingStream: DuplexStream {
  enum Lie { case closesSilently, losesBytes, endsNoDirection, forgetsWriter }

  private let stream: MemoryStream
  private let lie: Lie
  private var isClosed = false
  private var hasEnded = false

  init(_ stream: MemoryStream, lie: Lie) {
    self.stream = stream
    self.lie = lie
  }

  func read(into buffer: inout MutableRawSpan) throws -> Int {
    if isClosed { return 0 }
    return try stream.read(into: &buffer)
  }

  func writeSome(_ bytes: RawSpan) throws -> Int {
    switch lie {
    case .closesSilently where isClosed: return bytes.byteCount
    case .forgetsWriter where hasEnded:
      throw CoreError(operation: "write", code: .brokenPipe)
    case .losesBytes where bytes.byteCount > 1000:
      return try stream.writeSome(bytes.extracting(first: 1000)) + 1
    default: return try stream.writeSome(bytes)
    }
  }

  func shutdownWrite() throws {
    switch lie {
    case .endsNoDirection: break
    case .forgetsWriter: hasEnded = true
    default: try stream.shutdownWrite()
    }
  }

  func close() {
    if lie == .closesSilently { isClosed = true } else { stream.close() }
  }
}
