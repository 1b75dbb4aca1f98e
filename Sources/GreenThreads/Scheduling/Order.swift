/// In which order runnable green threads run.
public enum Order: Sendable, Equatable {
  /// First in, first out.
  case fifo
  /// Drawn at random from a seed; the same seed gives the same order again.
  case seeded(UInt64)

  /// Seeded with what the environment variable `DRIFT_SEED` holds, or at random without it.
  ///
  /// Writes the seed to standard error, so that what goes wrong can be made to happen again. Traps
  /// when the variable holds no number.
  public static func anySeed() -> Order {
    let seed = replayedSeed() ?? UInt64.random(in: 0...UInt64.max)
    printToStandardError("order seeded with \(seed); replay it with \(seedVariable)=\(seed)\n")
    return .seeded(seed)
  }
}

let seedVariable: StaticString = "DRIFT_SEED"

/// The seed that whoever started the process wants.
func replayedSeed() -> UInt64? {
  environmentNumber(seedVariable)
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same on every machine for ever, which a
/// replayed seed depends on.
struct SplitMix {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
