extension Fd {
  /// What a file is opened for.
  @frozen
  public enum Access: Hashable, Sendable {
    /// `O_RDONLY`.
    case reading
    /// `O_WRONLY`.
    case writing
    /// `O_RDWR`.
    case both
  }

  /// How a file is opened.
  public struct OpenOptions: OptionSet, Sendable {
    /// Bits of this type's own, not of the kernel's.
    public let rawValue: UInt8

    /// Takes the union of the options below.
    public init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// Makes the file if it is not there.
    public static let create = OpenOptions(rawValue: 1 << 0)
    /// Makes the file, and fails with ``ErrorCode/alreadyExists`` if it, or a link, is there.
    public static let createNew = OpenOptions(rawValue: 1 << 1)
    /// Throws away what the file holds; only with an access that writes, else `EINVAL`.
    public static let truncate = OpenOptions(rawValue: 1 << 2)
    /// Each write goes to the end of the file.
    public static let append = OpenOptions(rawValue: 1 << 3)
    /// Neither the opening of a FIFO nor later calls wait; regular files take no notice.
    public static let nonBlocking = OpenOptions(rawValue: 1 << 4)
    /// Fails with ``ErrorCode/symbolicLinkLoop`` if the path's last part is a link, and leaves what
    /// it leads to alone; links on the way there are followed.
    public static let noFollow = OpenOptions(rawValue: 1 << 5)
    /// Fails with ``ErrorCode/notDirectory`` if it is none.
    public static let directory = OpenOptions(rawValue: 1 << 6)
  }

  /// Opens a file: `open` with close-on-exec, and never as controlling terminal.
  ///
  /// This may wait for the disk, and for a FIFO's other end unless ``OpenOptions/nonBlocking`` is
  /// among the options. `permissions` are of a file that is made, less the umask. A path with a
  /// NUL in it is ``ErrorCode/invalidArgument``.
  public init(
    opening path: RawString, for access: Access, _ options: OpenOptions = [],
    permissions: UInt32 = 0o666
  ) throws(CoreError) {
    guard access != .reading || !options.contains(.truncate) else {
      throw CoreError(
        operation: "open", code: .invalidArgument, subject: .argument("options"))
    }
    let number = SystemCall.open(
      path, flags: access.flags | options.flags, permissions: permissions)
    self.init(owning: try check(number, "open", .path(path.description)))
  }

  /// Opens once more what `number` is open on, non-blocking and close-on-exec: the same pipe or
  /// terminal through a new open file.
  ///
  /// So that `O_NONBLOCK` does not touch an inherited descriptor, which other programs share.
  /// `number` stays as it is. Name the access that it has: a pipe's read end opened for writing
  /// is a write end, and one opened for both never sees the end. Through `/proc/thread-self/fd`,
  /// so permissions are checked anew (``ErrorCode/permissionDenied`` where another user made the
  /// pipe). A socket is ``ErrorCode/noSuchDeviceOrAddress``, and so is a pipe opened for writing
  /// that nobody reads.
  public init(reopening number: Int32, for access: Access) throws(CoreError) {
    let opened = SystemCall.reopen(number, flags: access.flags | SystemCall.nonBlockingFlag)
    self.init(owning: try check(opened, "open", .descriptor(number)))
  }
}
