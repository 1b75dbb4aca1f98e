internal import Drift

/// One sentence that is true of every stream, with the code that tries to refute it.
///
/// Drift holds its own streams to these rules, and a stream of your own should keep them too: what
/// is built upon streams relies on them. A rule is tried on a green thread, needs no framework for
/// tests, and says by the error it throws what was wrong.
public struct StreamRule: Sendable, CustomStringConvertible {
  /// The rule, as a sentence.
  public let description: String
  /// Streams that have one of these limits are not held to it.
  let exempt: StreamLimits
  /// Whether it speaks of both directions.
  let needsBothWays: Bool
  private let body: @Sendable (StreamEnds, UInt64) throws -> Void

  init(
    _ sentence: String, exempt: StreamLimits = [],
    _ body: @escaping @Sendable (StreamEnds, UInt64) throws -> Void
  ) {
    description = sentence
    self.exempt = exempt
    needsBothWays = false
    self.body = body
  }

  init(
    bothWays sentence: String, exempt: StreamLimits = [],
    _ body:
      @escaping @Sendable (
        _ near: any DuplexStream, _ far: any DuplexStream, _ seed: UInt64
      ) throws -> Void
  ) {
    description = sentence
    self.exempt = exempt
    needsBothWays = true
    self.body = { ends, seed in
      if let (near, far) = ends.duplex { try body(near, far, seed) }
    }
  }

  /// Tries the rule on `ends`, which it uses up; does nothing where their kind is exempt from it.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - ends: fresh ones.
  ///   - limits: what their kind cannot do.
  ///   - seed: chooses the sizes of pieces; in the error's explanation.
  ///   - limit: how long it may take: what a stream gets wrong is often that it waits for ever.
  /// - Throws: ``StreamRuleBroken``.
  public func check(
    _ ends: StreamEnds, limits: StreamLimits = [], seed: UInt64 = 1,
    within limit: Duration = .seconds(20)
  ) throws(StreamRuleBroken) {
    if !limits.isDisjoint(with: exempt) { return }
    defer {
      ends.reader.close()
      ends.writer.close()
    }
    do {
      try withTimeout(limit) { try body(ends, seed) }
    } catch let error as Deviation {
      throw StreamRuleBroken(rule: description, explanation: error.explanation)
    } catch {
      throw StreamRuleBroken(rule: description, explanation: "\(error), with seed \(seed)")
    }
  }

  /// Every rule, for a test that is run once for each.
  public static let all: [StreamRule] =
    closingRules + endingRules + cancellationRules + transferRules

  /// Tries every rule, each on ends of its own.
  ///
  /// Parks.
  ///
  /// - Parameters:
  ///   - limits: what their kind cannot do.
  ///   - seed: chooses the sizes of pieces.
  ///   - limit: how long each rule may take.
  ///   - makeEnds: makes two fresh ends, once for each rule.
  /// - Throws: ``StreamRuleBroken`` for the first rule that is broken; what `makeEnds` throws.
  public static func checkAll(
    limits: StreamLimits = [], seed: UInt64 = 1, within limit: Duration = .seconds(20),
    on makeEnds: () throws -> StreamEnds
  ) throws {
    for rule in all {
      try rule.check(try makeEnds(), limits: limits, seed: seed, within: limit)
    }
  }
}
