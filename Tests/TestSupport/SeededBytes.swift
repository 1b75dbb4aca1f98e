private import Glibc

/// The same bytes for the same seed.
public func seededBytes(_ count: Int, seed: UInt64) -> [UInt8] {
  var generator = SeededGenerator(seed: seed)
  return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
    for index in 0..<count {
      unsafe buffer[index] = UInt8(truncatingIfNeeded: generator.next() >> 24)
    }
    initializedCount = count
  }
}

/// As many bytes as no system's buffers hold, quickly made.
///
/// They repeat after an odd length, so that a piece that is lost or doubled shows.
public func repeatedBytes(_ count: Int, seed: UInt64) -> [UInt8] {
  let block = seededBytes(65_521, seed: seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + block.count)
  while bytes.count < count { bytes += block }
  bytes.removeSubrange(count...)
  return bytes
}

/// What should come, again and again, compared with what does come, in pieces of any size.
public struct ExpectedBytes {
  private let block: [UInt8]
  /// How many have come.
  public private(set) var count = 0

  /// Expects the block, and then it again.
  public init(_ block: [UInt8]) {
    self.block = block
  }

  /// Takes the next ones, and tells whether they are the right ones.
  public mutating func take(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let offset = count % block.count
      let length = min(rest.count, block.count - offset)
      let isSame = unsafe rest.withUnsafeBytes { these in
        // SAFETY: `length` bytes are there in both.
        unsafe block.withUnsafeBytes { those in
          guard let these = these.baseAddress, let those = those.baseAddress else { return false }
          return unsafe memcmp(these, those + offset, length) == 0
        }
      }
      if !isSame { return false }
      count += length
      rest = rest.dropFirst(length)
    }
    return true
  }
}
