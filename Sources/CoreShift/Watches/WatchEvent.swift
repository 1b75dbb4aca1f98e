/// One thing that a ``Watches`` has seen.
public struct WatchEvent: Hashable, Sendable {
  /// Whose event it is; nil for ``isOverflow``, which concerns all.
  public let watch: Watch?
  /// The kernel's bits: those of ``FileChanges``, and more.
  public let rawFlags: UInt32
  /// The same number, not 0, in both events of one rename.
  public let cookie: UInt32
  /// The file's name in the watched directory, any bytes; nil when the watched file itself is
  /// meant.
  public let name: RawString?

  /// Makes an event, for tests and for event sources other than the kernel.
  public init(watch: Watch?, rawFlags: UInt32, cookie: UInt32 = 0, name: RawString? = nil) {
    self.watch = watch
    self.rawFlags = rawFlags
    self.cookie = cookie
    self.name = name
  }

  /// What has happened; empty for ``isIgnored``, ``isUnmounted`` and ``isOverflow``.
  public var changes: FileChanges { FileChanges(rawValue: rawFlags).intersection(.all) }

  /// The file is a directory (`IN_ISDIR`).
  public var isDirectory: Bool { rawFlags & 1 << 30 != 0 }

  /// The watch is gone: removed, or its file deleted, or its file system unmounted (`IN_IGNORED`).
  ///
  /// Nothing follows for this watch.
  public var isIgnored: Bool { rawFlags & 1 << 15 != 0 }

  /// The file system with the watched file has been unmounted (`IN_UNMOUNT`).
  public var isUnmounted: Bool { rawFlags & 1 << 13 != 0 }

  /// The kernel's queue was full and events have been lost: look at everything again
  /// (`IN_Q_OVERFLOW`).
  public var isOverflow: Bool { rawFlags & 1 << 14 != 0 }
}

extension WatchEvent {
  /// Appends the events in `bytes`, as `read` on an inotify descriptor gives them.
  ///
  /// ``ErrorCode/invalidArgument`` when a header or a name is cut off, or fewer bytes than a header
  /// follow; the events before that have been appended. A name ends at its first NUL.
  public static func decode(
    _ bytes: RawSpan, appendingTo events: inout [WatchEvent]
  ) throws(CoreError) {
    var rest = bytes
    while rest.byteCount > 0 {
      guard rest.byteCount >= headerSize else { throw truncated }
      // SAFETY: the four words of a header lie within the bytes, and any bytes are a word.
      let watch = unsafe rest.unsafeLoadUnaligned(as: Int32.self)
      let flags = unsafe rest.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt32.self)
      let cookie = unsafe rest.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt32.self)
      let length = unsafe rest.unsafeLoadUnaligned(fromByteOffset: 12, as: UInt32.self)
      guard Int(length) <= rest.byteCount - headerSize else { throw truncated }
      let size = headerSize + Int(length)
      events.append(
        WatchEvent(
          watch: watch > 0 ? Watch(rawValue: watch) : nil, rawFlags: flags, cookie: cookie,
          name: length == 0 ? nil : name(in: rest.extracting(headerSize..<size))))
      rest = rest.extracting(droppingFirst: size)
    }
  }

  private static let headerSize = 16

  private static var truncated: CoreError {
    CoreError(operation: "inotify_decode", code: .invalidArgument)
  }

  private static func name(in bytes: RawSpan) -> RawString {
    unsafe bytes.withUnsafeBytes { buffer in unsafe RawString(bytes: buffer.prefix { $0 != 0 }) }
  }
}
