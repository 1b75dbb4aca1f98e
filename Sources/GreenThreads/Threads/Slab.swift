internal import CGreenThreads

/// Hands out memory for records of one kind, in growing slabs that are never unmapped.
///
/// A handle may outlive its green thread, its scope, even its scheduler: testing its serial must
/// then still be a read of mapped memory. A scheduler that ends gives its slabs to the next one.
@safe
struct Slab<Record> {
  /// Never used so far in the newest slab.
  private var fresh: UnsafeMutableRawPointer?
  private var freshCount = 0

  /// Whole cache lines, so that what lies together in a record lies together in memory.
  private static var stride: Int { (MemoryLayout<Record>.size + 63) & ~63 }

  private var regions: [Region] = []

  /// The next record's memory.
  ///
  /// Its bytes are zero or those of an earlier record of this kind.
  mutating func next() -> UnsafeMutablePointer<Record> {
    if freshCount == 0 { grow() }
    guard let record = unsafe fresh else { preconditionFailure("a slab without records") }
    unsafe fresh = record + Self.stride
    freshCount -= 1
    return unsafe record.bindMemory(to: Record.self, capacity: 1)
  }

  private mutating func grow() {
    let region = Region.reused(for: Record.self) ?? Region.mapped(after: regions.last)
    regions.append(region)
    unsafe fresh = region.base
    freshCount = region.byteCount / Self.stride
  }

  /// Visits every record that has been handed out, in the order of their addresses.
  func forEach(_ visit: (UnsafeMutablePointer<Record>) -> Void) {
    for region in regions {
      var record = unsafe region.base
      let isNewest = unsafe region.base == regions.last?.base
      let end = unsafe isNewest ? fresh ?? region.base : region.end(stride: Self.stride)
      while unsafe record < end {
        unsafe visit(record.assumingMemoryBound(to: Record.self))
        unsafe record += Self.stride
      }
    }
  }

  /// Gives all slabs to the next scheduler.
  ///
  /// No record may be in use any more.
  mutating func retire() {
    Region.retire(regions, for: Record.self)
    regions = []
    unsafe fresh = nil
    freshCount = 0
  }
}

/// A mapping that holds records. Once it has held one kind it never holds another, so that a stale
/// reference always reads a record of its own kind.
// SAFETY: plain memory, which one scheduler at a time owns.
@safe
private struct Region: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  /// Where its last whole record ends.
  func end(stride: Int) -> UnsafeMutableRawPointer {
    unsafe base + byteCount / stride * stride
  }

  static func mapped(after last: Region?) -> Region {
    let byteCount = min((last?.byteCount ?? 1 << 16) * 2, 1 << 26)
    let result = cgreenthreads_reserve(byteCount)
    guard result > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: result) else {
      fatalError(
        """
        green threads: no memory for records of more green threads (mmap of \(byteCount) bytes, \
        error \(-result)): spawn fewer at a time, or give the process more
        """)
    }
    // A small program must not pay 2 MiB for a few records.
    if byteCount >= 1 << 23 { unsafe cgreenthreads_prefer_huge_pages(base, byteCount) }
    return unsafe Region(base: base, byteCount: byteCount)
  }

  static func reused<Record>(for kind: Record.Type) -> Region? {
    retired.withLock { $0[ObjectIdentifier(kind)]?.popLast() }
  }

  static func retire<Record>(_ regions: [Region], for kind: Record.Type) {
    retired.withLock { $0[ObjectIdentifier(kind), default: []] += regions }
  }

  // SAFETY: a region is in this table only while no scheduler owns it.
  private static let retired = Guarded<[ObjectIdentifier: [Region]]>([:])
}
