/// Changes in the file system as something to read: an inotify instance.
///
/// Non-blocking and close-on-exec. A watch is of a file, not of a path: it follows a rename, and
/// what takes the file's place is not watched. A directory's watch tells about the files in it,
/// and not about those further down.
///
/// The kernel merges an event that equals the last one in its queue, and drops events when the
/// queue is full (16,384 by default), which ``WatchEvent/isOverflow`` tells.
@frozen
public struct Watches: ~Copyable, Sendable {
  /// The descriptor, to register with a reactor for reading.
  public let descriptor: Fd

  /// Makes an instance that watches nothing; `inotify_init1`.
  ///
  /// ``ErrorCode/tooManyOpenFiles`` also when this user has too many of them (128 by default).
  public init() throws(CoreError) {
    descriptor = try Fd(result: SystemCall.watchesDescriptor(), "inotify_init1")
  }

  /// Watches what `path` leads to; what is watched already is from now on watched for `changes`
  /// instead, and keeps its ``Watch``.
  ///
  /// `inotify_add_watch`. The caller must be allowed to read the file, else
  /// ``ErrorCode/permissionDenied``. No changes at all, or a NUL in the path, is
  /// ``ErrorCode/invalidArgument``; too many watches of this user ``ErrorCode/noSpace``.
  @discardableResult
  public borrowing func watch(
    _ path: RawString, for changes: FileChanges, _ options: WatchOptions = []
  ) throws(CoreError) -> Watch {
    // The kernel takes an option alone for something to watch for, and then tells nothing.
    guard !changes.isDisjoint(with: .all) else {
      throw CoreError(
        operation: "inotify_add_watch", code: .invalidArgument, subject: .path(path.description))
    }
    let number = SystemCall.addWatch(
      descriptor.rawValue, path, bits: changes.rawValue | options.rawValue)
    return Watch(rawValue: try check(number, "inotify_add_watch", .path(path.description)))
  }

  /// Removes a watch; an event that is ``WatchEvent/isIgnored`` is the last of it.
  ///
  /// A watch that is not there, or not any more, is ``ErrorCode/invalidArgument``.
  public borrowing func remove(_ watch: Watch) throws(CoreError) {
    try check(
      SystemCall.removeWatch(descriptor.rawValue, watch.rawValue), "inotify_rm_watch",
      .descriptor(descriptor.rawValue))
  }

  /// Takes what has happened into `events`, which is emptied first, until nothing is left or
  /// `limit` events have been passed.
  ///
  /// The events of one read are not split, so a few more than `limit` may come. Without a limit
  /// it goes on for as long as others make events faster than this takes them.
  ///
  /// - Returns: Whether nothing is left; with edge-triggered readiness take again when it is not.
  /// - Throws: What `read` answered, and ``ErrorCode/invalidArgument`` for bytes that are no
  ///   events; `events` holds what was taken before.
  public borrowing func take(
    into events: inout [WatchEvent], upTo limit: Int = .max
  ) throws(CoreError) -> Bool {
    events.removeAll(keepingCapacity: true)
    // Room for 240 events with names as long as they can be; far less would do for one.
    var buffer = [UInt8](repeating: 0, count: 65536)
    while events.count < limit {
      switch try descriptor.read(into: &buffer) {
      case .bytes(let count):
        // SAFETY: `bytes` of a span is unsafe for types with padding, which UInt8 has not.
        let bytes = unsafe buffer.span.bytes
        try WatchEvent.decode(bytes.extracting(first: count), appendingTo: &events)
      case .wouldBlock, .end: return true
      }
    }
    return false
  }
}
