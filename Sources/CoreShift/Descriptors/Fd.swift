/// An owned file descriptor: closed once, when its owner ends.
///
/// Where somebody else has closed the number before, a debug build traps then: the next time the
/// number could be another owner's already, who would lose it.
///
/// No method waits if the descriptor is non-blocking, which those that CoreShift makes are. All
/// borrow, so that a class may call them on a stored `Fd` without an exclusivity check.
@frozen
public struct Fd: ~Copyable, Sendable {
  /// The number.
  ///
  /// Whoever copies it must not outlive this owner, and must not close it.
  public let rawValue: Int32

  /// Takes ownership of an open descriptor, flags as they are; negative is
  /// ``ErrorCode/badDescriptor``.
  public init(adopting rawValue: Int32) throws(CoreError) {
    guard rawValue >= 0 else {
      throw CoreError(
        operation: "adopt", code: .badDescriptor, subject: .descriptor(rawValue))
    }
    self.rawValue = rawValue
  }

  /// Takes ownership of a number that the kernel has just given.
  @inlinable
  package init(owning rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// Takes ownership of what a system call returned; a negative result is its errno.
  init(result: Int32, _ operation: StaticString) throws(CoreError) {
    self.rawValue = try check(result, operation, .none)
  }

  deinit {
    let result = SystemCall.close(rawValue)
    assert(
      result != -ErrorCode.badDescriptor.rawValue,
      "descriptor \(rawValue) was closed behind its owner's back; next time it may be another's")
  }

  /// Closes now (`close(2)`) and reports what the kernel still had to say, such as `EIO` of a late
  /// write.
  ///
  /// The descriptor is gone also when this throws. An interrupted close is not repeated: on
  /// Linux it has closed.
  public consuming func close() throws(CoreError) {
    let number = rawValue
    discard self
    try check(SystemCall.close(number), "close", .descriptor(number))
  }

  /// Gives up ownership without closing.
  @inlinable
  public consuming func release() -> Int32 {
    let number = rawValue
    discard self
    return number
  }
}
