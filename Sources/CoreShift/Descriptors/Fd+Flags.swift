/// Whether calls on a descriptor wait.
@frozen
public enum BlockingMode: Hashable, Sendable {
  /// A call that cannot go on waits in the kernel and holds its OS thread.
  case blocking
  /// A call that cannot go on answers would-block.
  case nonBlocking
}

/// Whether a descriptor goes to the program that `exec` starts.
@frozen
public enum ExecMode: Hashable, Sendable {
  /// The new program does not see it.
  case closed
  /// The new program inherits it.
  case inherited
}

extension Fd {
  /// The blocking mode (`F_GETFL`); it belongs to the open file, and so to every copy in any
  /// process.
  public var blockingMode: BlockingMode {
    get throws(CoreError) {
      let flags = try check(SystemCall.statusFlags(rawValue), "fcntl", .descriptor(rawValue))
      return flags & SystemCall.nonBlockingFlag == 0 ? .blocking : .nonBlocking
    }
  }

  /// Changes the blocking mode (`F_SETFL`) and leaves the other status flags, such as `O_APPEND`.
  ///
  /// Not for a descriptor that was inherited: the flag sits on the open file, which other
  /// programs share.
  public borrowing func setBlockingMode(_ mode: BlockingMode) throws(CoreError) {
    try check(
      SystemCall.setNonBlocking(rawValue, mode == .nonBlocking), "fcntl", .descriptor(rawValue))
  }

  /// Whether a program started by `exec` gets this descriptor (`F_GETFD`); it belongs to this
  /// number alone.
  public var execMode: ExecMode {
    get throws(CoreError) {
      let flags = try check(SystemCall.descriptorFlags(rawValue), "fcntl", .descriptor(rawValue))
      return flags & SystemCall.closeOnExecFlag == 0 ? .inherited : .closed
    }
  }

  /// Changes whether a program started by `exec` gets this descriptor (`F_SETFD`).
  public borrowing func setExecMode(_ mode: ExecMode) throws(CoreError) {
    try check(SystemCall.setCloseOnExec(rawValue, mode == .closed), "fcntl", .descriptor(rawValue))
  }

  /// A second owner of the same open file, with a number of its own and close-on-exec.
  ///
  /// `F_DUPFD_CLOEXEC`. Position and blocking mode are shared; ``ErrorCode/tooManyOpenFiles`` when
  /// no number is left.
  public borrowing func duplicate() throws(CoreError) -> Fd {
    let copy = try check(
      SystemCall.duplicate(rawValue), "fcntl_dupfd_cloexec", .descriptor(rawValue))
    return Fd(owning: copy)
  }

  /// Makes `number` mean the same open file; whatever it meant before is closed.
  ///
  /// The caller owns `number`. Onto itself, only the exec mode changes. `dup3`, repeated when
  /// interrupted; ``ErrorCode/badDescriptor``, and names the number, for one at or beyond
  /// `RLIMIT_NOFILE`.
  public borrowing func duplicate(onto number: Int32, _ mode: ExecMode) throws(CoreError) {
    let result = SystemCall.duplicate(rawValue, onto: number, closeOnExec: mode == .closed)
    // EBADF is of either number: of the other one, where this one is open.
    let isOfNumber =
      result == -ErrorCode.badDescriptor.rawValue && SystemCall.descriptorFlags(rawValue) >= 0
    try check(result, "dup3", .descriptor(isOfNumber ? number : rawValue))
  }
}
