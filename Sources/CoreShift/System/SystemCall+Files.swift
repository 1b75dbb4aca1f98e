import CCoreShift

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

extension SystemCall {
  /// The descriptor of the newly opened file; EINVAL for a path with a NUL in it.
  static func open(_ path: RawString, flags: Int32, permissions: UInt32) -> Int32 {
    unsafe path.withTerminated { text in unsafe ccoreshift_open(text, flags, permissions) }
  }

  static func reopen(_ descriptor: Int32, flags: Int32) -> Int32 {
    ccoreshift_reopen(descriptor, flags)
  }

  static func fileMode(_ descriptor: Int32) -> Int32 { ccoreshift_file_mode(descriptor) }

  static func isTerminal(_ descriptor: Int32) -> Bool { ccoreshift_is_terminal(descriptor) != 0 }

  static func terminalColumns(_ descriptor: Int32) -> Int32 {
    ccoreshift_terminal_columns(descriptor)
  }

  static func checkExecutable(_ path: RawString) -> Int32 {
    unsafe path.withTerminated { text in unsafe ccoreshift_check_executable(text) }
  }
}

extension Fd.Access {
  /// The flags of `open`, of which close-on-exec and "never my controlling terminal" are always
  /// set.
  var flags: Int32 {
    let access =
      switch self {
      case .reading: O_RDONLY
      case .writing: O_WRONLY
      case .both: O_RDWR
      }
    return access | O_CLOEXEC | O_NOCTTY
  }
}

extension Fd.OpenOptions {
  /// The flags of `open`.
  var flags: Int32 {
    var flags: Int32 = 0
    if contains(.create) { flags |= O_CREAT }
    if contains(.createNew) { flags |= O_CREAT | O_EXCL }
    if contains(.truncate) { flags |= O_TRUNC }
    if contains(.append) { flags |= O_APPEND }
    if contains(.nonBlocking) { flags |= O_NONBLOCK }
    if contains(.noFollow) { flags |= O_NOFOLLOW }
    if contains(.directory) { flags |= O_DIRECTORY }
    return flags
  }
}

extension FileKind {
  init(mode: Int32) {
    switch mode_t(truncatingIfNeeded: mode) & S_IFMT {
    case S_IFREG: self = .regular
    case S_IFDIR: self = .directory
    case S_IFIFO: self = .pipe
    case S_IFSOCK: self = .socket
    case S_IFCHR: self = .characterDevice
    case S_IFBLK: self = .blockDevice
    case S_IFLNK: self = .symbolicLink
    default: self = .other
    }
  }
}

extension RawString {
  /// Lends the bytes with a NUL after them; EINVAL instead when there is one among them.
  func withTerminated(_ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
    var text = bytes
    guard !text.contains(0) else { return -EINVAL }
    text.append(0)
    return unsafe text.withUnsafeBytes { buffer in
      // SAFETY: the buffer has at least the NUL, lives during the call, and CChar is a byte.
      guard let start = unsafe buffer.assumingMemoryBound(to: CChar.self).baseAddress else {
        return -EINVAL
      }
      return unsafe body(start)
    }
  }
}
