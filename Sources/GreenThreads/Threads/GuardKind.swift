internal import CGreenThreads
internal import Synchronization

/// How the low end of a stack is made to fault.
enum GuardKind: UInt8 {
  /// MADV_GUARD_INSTALL, from kernel 6.13: a mark in the page table. Splits no mapping.
  case light
  /// mprotect: two mappings a stack, so about 32,000 stacks with the default vm.max_map_count.
  case mapping

  private static let kind = Atomic<UInt8>(light.rawValue)

  /// The kind in use: `light` until the kernel has refused one, or a test has chosen.
  static var current: GuardKind {
    get { GuardKind(rawValue: kind.load(ordering: .relaxed)) ?? .mapping }
    set { kind.store(newValue.rawValue, ordering: .relaxed) }
  }

  private static let batches = Atomic<Bool>(true)

  /// Whether the kernel takes advice for many stacks in one call (6.15): until it has refused, or a
  /// test has chosen.
  static var takesBatches: Bool {
    get { batches.load(ordering: .relaxed) }
    set { batches.store(newValue, ordering: .relaxed) }
  }

  /// Returns 0 or -errno.
  static func install(on stack: UnsafeMutableRawPointer, byteCount: Int) -> Int32 {
    if current == .light {
      let error = unsafe cgreenthreads_guard(stack, byteCount, true)
      let isUnknown: Int32 = -22  // EINVAL: a kernel before 6.13
      if error != isUnknown { return error }
      current = .mapping
    }
    return unsafe cgreenthreads_guard(stack, byteCount, false)
  }
}
