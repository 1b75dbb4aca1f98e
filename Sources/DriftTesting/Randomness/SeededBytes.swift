/// SplitMix64 (Steele, Lea and Flood, 2014): its whole state is its seed, and a seed means the same
/// on every machine for ever.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// The same bytes for the same seed.
func seededBytes(_ count: Int, seed: UInt64) -> [UInt8] {
  var numbers = SeededNumbers(seed: seed)
  return (0..<count).map { _ in UInt8(truncatingIfNeeded: numbers.next() >> 24) }
}

/// As many bytes as no system's buffers hold, quickly made.
///
/// They repeat after an odd length, so that a piece that is lost or doubled shows.
func repeatedBytes(_ count: Int, seed: UInt64) -> [UInt8] {
  let block = seededBytes(65_521, seed: seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + block.count)
  while bytes.count < count { bytes += block }
  bytes.removeSubrange(count...)
  return bytes
}
