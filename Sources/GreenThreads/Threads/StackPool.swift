internal import CGreenThreads

/// The stacks of one class: carved from slabs, guarded at first use, pooled when given back.
///
/// The free stacks are a pile. What lies deepest was used longest ago, so trimming (giving the
/// pages back to the kernel) starts at the bottom; all stacks below `trimmedCount` have no pages.
@safe
struct StackPool {
  // SAFETY: the addresses below are of stacks inside `slabs`, each of which is either on the pile
  // or given out; the pile's first `freeCount` places are initialized, and it has one for each
  // of the `count` stacks.
  private let stackClass: StackClass
  private var pile: UnsafeMutablePointer<UnsafeMutableRawPointer>?
  private var pileCapacity = 0
  private var freeCount = 0
  private var trimmedCount = 0
  private var slabs: [StackSlab] = []
  private var fresh: UnsafeMutableRawPointer?
  private var freshCount = 0
  /// How many of the fresh stacks, the next ones, are guarded already.
  private var guardedCount = 0
  /// How many stacks have been carved: also the colour of the next.
  private(set) var count = 0

  /// How many are given out.
  var usedCount: Int { count - freeCount }

  /// Free stacks above this number lose their pages when the scheduler is idle: 1,024 of the
  /// standard class, and of each other as many as fill the same 256 MiB.
  let waterMark: Int

  init(_ stackClass: StackClass) {
    self.stackClass = stackClass
    waterMark = max(1, (1 << 28) >> Int(stackClass.shift))
  }

  /// A stack, as the lowest address of its reservation; nil with the errno when there is no memory.
  mutating func take() -> Result<UnsafeMutableRawPointer, StackUnavailable> {
    if freeCount > 0, let pile = unsafe pile {
      freeCount -= 1
      trimmedCount = min(trimmedCount, freeCount)
      return unsafe .success(pile[freeCount])
    }
    return unsafe carve()
  }

  /// Takes a stack back.
  ///
  /// Its pages stay until a trim, so the caller may still be running on it.
  mutating func giveBack(_ stack: UnsafeMutableRawPointer) {
    unsafe pile?[freeCount] = stack
    freeCount += 1
  }

  /// Whether there are stacks above the water mark that have pages.
  var hasPagesToSpare: Bool { freeCount - trimmedCount > waterMark }

  /// Gives the pages of some stacks above the water mark back, those unused for longest first.
  mutating func trim() {
    guard hasPagesToSpare, let pile = unsafe pile else { return }
    let stacks = min(Self.batch, freeCount - trimmedCount - waterMark)
    unsafe cgreenthreads_trim_batch(
      pile + trimmedCount, stacks, StackClass.guardSize,
      stackClass.reservation - StackClass.guardSize, GuardKind.takesBatches)
    trimmedCount += stacks
  }

  private mutating func carve() -> Result<UnsafeMutableRawPointer, StackUnavailable> {
    if freshCount == 0, let failure = addSlab() { return unsafe .failure(failure) }
    guard let stack = unsafe fresh else { preconditionFailure("a slab without stacks") }
    if guardedCount == 0 { unsafe guardBatch(from: stack) }
    if guardedCount == 0 {
      let error = unsafe GuardKind.install(on: stack, byteCount: StackClass.guardSize)
      guard error == 0 else {
        return unsafe .failure(
          StackUnavailable(step: "guard", errno: -error, stacksInUse: count))
      }
    } else {
      guardedCount -= 1
    }
    unsafe fresh = stack + stackClass.reservation
    freshCount -= 1
    // Here and not when it is given back: that is the end of a green thread, and a large allocation
    // makes malloc tidy up all that has been freed, which takes 50 ms behind a million closures.
    if count == pileCapacity { growPile() }
    count += 1
    return unsafe .success(stack)
  }

  /// A program that has used many stacks will use more: from then on they are made ready in
  /// batches, which saves a third of what the guard and the first page fault of each cost.
  private mutating func guardBatch(from stack: UnsafeMutableRawPointer) {
    guard count >= 2 * Self.batch, GuardKind.current == .light, GuardKind.takesBatches else {
      return
    }
    let stacks = min(Self.batch, freshCount)
    let isGuarded = unsafe cgreenthreads_guard_batch(
      stack, stackClass.reservation, stacks, StackClass.guardSize)
    if isGuarded { guardedCount = stacks } else { GuardKind.takesBatches = false }
  }

  private static let batch = 64

  /// Slabs double in size, so that a million stacks are some twenty mappings.
  private mutating func addSlab() -> StackUnavailable? {
    let smallest = max(1, (1 << 22) >> Int(stackClass.shift))
    let largest = max(1, (1 << 34) >> Int(stackClass.shift))
    var stacks = min(largest, max(smallest, count))
    var result = cgreenthreads_reserve(stacks << Int(stackClass.shift))
    if result < 0 && stacks > smallest {
      // A limit on address space refuses much before it refuses little.
      stacks = smallest
      result = cgreenthreads_reserve(stacks << Int(stackClass.shift))
    }
    let byteCount = stacks << Int(stackClass.shift)
    guard result > 0, let base = unsafe UnsafeMutableRawPointer(bitPattern: result) else {
      return StackUnavailable(step: "map", errno: Int32(-result), stacksInUse: count)
    }
    unsafe slabs.append(StackSlab(base: base, byteCount: byteCount))
    unsafe fresh = base
    freshCount = stacks
    return nil
  }

  private mutating func growPile() {
    let capacity = max(64, pileCapacity * 2)
    let larger = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: capacity)
    if let pile = unsafe pile {
      unsafe larger.moveInitialize(from: pile, count: freeCount)
      unsafe pile.deallocate()
    }
    unsafe pile = larger
    pileCapacity = capacity
  }

  /// Unmaps everything.
  ///
  /// No green thread may be on one of these stacks any more.
  mutating func unmap() {
    for slab in slabs { _ = unsafe cgreenthreads_unmap(slab.base, slab.byteCount) }
    slabs = []
    unsafe pile?.deallocate()
    unsafe pile = nil
    (freeCount, freshCount, guardedCount, pileCapacity) = (0, 0, 0, 0)
    (trimmedCount, count) = (0, 0)
  }
}

@safe
private struct StackSlab {
  let base: UnsafeMutableRawPointer
  let byteCount: Int
}

/// A green thread could not begin because there is no stack for it.
///
/// Its captures are destroyed, and its scope's failure handler is called, on a borrowed stack: code
/// there may do all that does not park, and traps when it parks.
public struct StackUnavailable: Error, Equatable, CustomStringConvertible {
  /// What failed: `map` (address space) or `guard`.
  public let step: String
  /// The system's error number.
  public let errno: Int32
  /// How many stacks of that size exist.
  public let stacksInUse: Int

  /// One line for a person.
  public var description: String {
    let limit =
      GuardKind.current == .light
      ? "" : "; without light guards (kernel 6.13) the limit is about half of vm.max_map_count"
    return """
      no stack for a green thread: cannot \(step) it (error \(errno)) with \(stacksInUse) in use\
      \(limit)
      """
  }
}
