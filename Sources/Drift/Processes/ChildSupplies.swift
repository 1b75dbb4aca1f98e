internal import CoreShift
internal import GreenThreads

/// What the children of one loop share, or would have to find out each for itself.
@safe
struct ChildSupplies: ~Copyable {
  /// What short outputs are read through, one after the other; nil until there is one.
  private var storedPiece: UnsafeMutableRawBufferPointer?
  /// `/dev/null`; nil until one wants it.
  private var nullDevice: Fd?
  private var isTraced = false
  private var nextLookForTracer = Instant.zero

  deinit { unsafe storedPiece?.deallocate() }

  /// Memory for one read of an output, whose bytes are copied before anybody else runs.
  var outputPiece: UnsafeMutableRawBufferPointer {
    mutating get {
      // SAFETY: freed by `deinit`, behind every read.
      if let piece = unsafe storedPiece { return unsafe piece }
      let piece = UnsafeMutableRawBufferPointer.allocate(
        byteCount: OutputStore.pieceSize, alignment: 1)
      unsafe storedPiece = piece
      return unsafe piece
    }
  }

  /// The number of a `/dev/null` that stays open as long as the loop: to open one for each child
  /// costs a thirtieth of what a child costs.
  mutating func nullDeviceNumber() throws(CoreError) -> Int32 {
    if nullDevice == nil { nullDevice = try SpawnOptions.openNullDevice() }
    return nullDevice?.rawValue ?? -1
  }

  /// Whether a debugger, or the like, looks on.
  ///
  /// Asked at most every quarter of a second, which is sooner than anyone sets a breakpoint. The
  /// time may be some milliseconds old.
  mutating func isTraced(at now: Instant) -> Bool {
    if now >= nextLookForTracer {
      isTraced = SpawnOptions.isTraced
      nextLookForTracer = now.advanced(by: .milliseconds(250))
    }
    return isTraced
  }
}
