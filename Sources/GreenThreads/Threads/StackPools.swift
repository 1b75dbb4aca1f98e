/// The stack pools of one scheduler, one for each class in use.
struct StackPools {
  private var standard = StackPool(.standard)
  private var others: [(stackClass: StackClass, pool: StackPool)] = []

  mutating func take(
    _ stackClass: StackClass
  ) -> Result<UnsafeMutableRawPointer, StackUnavailable> {
    if stackClass == .standard { return unsafe standard.take() }
    return unsafe others[index(of: stackClass)].pool.take()
  }

  mutating func giveBack(_ stack: UnsafeMutableRawPointer, _ stackClass: StackClass) {
    if stackClass == .standard { return unsafe standard.giveBack(stack) }
    unsafe others[index(of: stackClass)].pool.giveBack(stack)
  }

  /// How many stacks are given out.
  var usedCount: Int { others.reduce(standard.usedCount) { $0 + $1.pool.usedCount } }

  /// Whether ``trim()`` would find something to do.
  var hasPagesToSpare: Bool {
    if standard.hasPagesToSpare { return true }
    return !others.isEmpty && others.contains { $0.pool.hasPagesToSpare }
  }

  /// Gives some pages of free stacks back to the kernel; to be called when there is nothing to run.
  mutating func trim() {
    standard.trim()
    for index in others.indices { others[index].pool.trim() }
  }

  mutating func unmap() {
    standard.unmap()
    for index in others.indices { others[index].pool.unmap() }
    others = []
  }

  private mutating func index(of stackClass: StackClass) -> Int {
    if let index = others.firstIndex(where: { $0.stackClass == stackClass }) { return index }
    others.append((stackClass, StackPool(stackClass)))
    return others.count - 1
  }
}
