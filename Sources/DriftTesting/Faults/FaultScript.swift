/// What goes wrong on a ``FaultyStream``, and how much of it; all chances are drawn from the seed.
///
/// The faults of the first kind lose nothing, and a correct program gives the same answers under
/// them: transfers are short, late, and come after others have had their turns. The second kind
/// ends a direction, once so many bytes have gone through.
public struct FaultScript: Sendable {
  /// How a direction ends before its time.
  public enum Ending: Sendable, Equatable {
    /// Behind so many bytes the connection breaks, in both directions, with ECONNRESET.
    case reset(afterBytes: Int)
    /// Behind so many bytes comes the end: to a reader 0; to a writer EPIPE, and to the other side
    /// the end.
    case end(afterBytes: Int)
  }

  /// The same seed gives the same faults again, call by call.
  public var seed: UInt64
  /// A read gives at most so many bytes; each draws its own number from 1 on.
  public var longestRead = Int.max
  /// A write takes at most so many bytes; each draws its own number from 1 on.
  public var longestWrite = Int.max
  /// Before each read and write so much time passes at most, on the scheduler's clock.
  public var longestDelay = Duration.zero
  /// Before each read and write the others get so many turns at most, as if the call had found
  /// nothing to do so often.
  public var mostYields = 0
  /// How reading ends before its time; nil for not.
  public var readingEnds: Ending?
  /// How writing ends before its time; nil for not.
  public var writingEnds: Ending?

  /// No fault at all, until properties are set.
  public init(seed: UInt64) {
    self.seed = seed
  }

  /// Faults that lose nothing: pieces of at most 7 bytes, up to 3 milliseconds late, with up to 4
  /// turns of others between.
  public static func rough(seed: UInt64) -> FaultScript {
    var script = FaultScript(seed: seed)
    script.longestRead = 7
    script.longestWrite = 7
    script.longestDelay = .milliseconds(3)
    script.mostYields = 4
    return script
  }
}
