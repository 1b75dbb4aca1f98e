/// Descriptors that came with a message, in the order in which they were passed.
///
/// It owns them: those that are not taken close when it goes.
public struct PassedDescriptors: ~Copyable, Sendable {
  private var numbers: ArraySlice<Int32>

  /// Takes over numbers that the kernel has just given.
  init(owning numbers: [Int32]) {
    self.numbers = numbers[...]
  }

  deinit {
    for number in numbers { _ = SystemCall.close(number) }
  }

  /// How many are left.
  public var count: Int { numbers.count }

  /// Takes the first one that is left; nil when none is.
  ///
  /// Whether its calls wait was decided where it was opened; see ``Fd/setBlockingMode(_:)``.
  public mutating func takeFirst() -> Fd? {
    guard let number = numbers.popFirst() else { return nil }
    return Fd(owning: number)
  }
}
