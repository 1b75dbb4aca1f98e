/// How much address space a stack reserves: a power of two, its guard included.
///
/// Stacks are pooled by class, so that one of 200 KiB serves whoever asks for up to that much.
struct StackClass: Equatable {
  /// The base-two logarithm of the reservation.
  let shift: UInt8

  /// 256 KiB: 192 KiB of stack above 64 KiB of guard.
  static let standard = StackClass(shift: 18)
  static let largestShift: UInt8 = 36

  /// A single frame larger than this could jump over the guard, since nobody emits stack probes.
  static let guardSize = 64 << 10

  @inline(__always)
  init(shift: UInt8) {
    self.shift = shift
  }

  /// The smallest class with at least `byteCount` bytes above its guard.
  init(holding byteCount: Int) {
    guard byteCount > 0 && byteCount <= 1 << 35 else {
      fatalError("a green thread's stackSize must be between 1 byte and 32 GiB, not \(byteCount)")
    }
    let reservation = byteCount + Self.guardSize
    var shift: UInt8 = 17
    while 1 << Int(shift) < reservation { shift += 1 }
    self.shift = shift
  }

  @inline(__always)
  var reservation: Int { 1 << Int(shift) }
}
