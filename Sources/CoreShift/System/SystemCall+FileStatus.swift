import CCoreShift

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

// SAFETY: texts end with a NUL and are lent for the length of a call; a buffer goes with its size.

extension SystemCall {
  static func status(
    of path: RawString, in directory: Int32, followsLink: Bool
  ) -> (result: Int32, status: FileStatus) {
    var found = ccoreshift_status()
    let result = unsafe path.withTerminated { text in
      unsafe ccoreshift_file_status(directory, text, followsLink ? 1 : 0, &found)
    }
    return (result, FileStatus(found))
  }

  static func status(of descriptor: Int32) -> (result: Int32, status: FileStatus) {
    var found = ccoreshift_status()
    let result = unsafe ccoreshift_descriptor_status(descriptor, &found)
    return (result, FileStatus(found))
  }

  static func readCached(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer, at offset: Int64
  ) -> Int {
    unsafe ccoreshift_pread_cached(descriptor, buffer.baseAddress, buffer.count, offset)
  }

  static func writeCached(
    _ descriptor: Int32, _ buffer: UnsafeRawBufferPointer, at offset: Int64
  ) -> Int {
    unsafe ccoreshift_pwrite_cached(descriptor, buffer.baseAddress, buffer.count, offset)
  }

  static func synchronize(_ descriptor: Int32, dataOnly: Bool) -> Int32 {
    ccoreshift_synchronize(descriptor, dataOnly ? 1 : 0)
  }

  static func truncate(_ descriptor: Int32, _ size: Int64) -> Int32 {
    ccoreshift_truncate(descriptor, size)
  }

  static func advise(
    _ descriptor: Int32, _ advice: FileAdvice, from offset: Int64, count: Int64
  ) -> Int32 {
    let number =
      switch advice {
      case .normal: CCORESHIFT_ADVICE_NORMAL
      case .sequential: CCORESHIFT_ADVICE_SEQUENTIAL
      case .random: CCORESHIFT_ADVICE_RANDOM
      case .willNeed: CCORESHIFT_ADVICE_WILL_NEED
      case .dontNeed: CCORESHIFT_ADVICE_DONT_NEED
      }
    return ccoreshift_advise(descriptor, offset, count, Int32(number))
  }

  static func setPermissions(_ descriptor: Int32, _ permissions: UInt32) -> Int32 {
    ccoreshift_set_permissions(descriptor, permissions)
  }

  /// Nil leaves one as it is.
  static func setOwner(_ descriptor: Int32, _ user: UInt32?, _ group: UInt32?) -> Int32 {
    ccoreshift_set_owner(descriptor, user ?? .max, group ?? .max)
  }

  /// Nil gives a lock back.
  static func tryLock(_ descriptor: Int32, _ lock: FileLock?) -> Int32 {
    let operation =
      switch lock {
      case .shared: CCORESHIFT_LOCK_SHARED
      case .exclusive: CCORESHIFT_LOCK_EXCLUSIVE
      case nil: CCORESHIFT_LOCK_NONE
      }
    return ccoreshift_try_lock(descriptor, Int32(operation))
  }

  static func copyRange(
    from source: Int32, at sourceOffset: Int64, to target: Int32, at targetOffset: Int64,
    count: Int
  ) -> Int {
    ccoreshift_copy_range(source, sourceOffset, target, targetOffset, count)
  }
}

extension FileStatus {
  fileprivate init(_ found: ccoreshift_status) {
    self.init(
      kind: FileKind(mode: Int32(bitPattern: found.mode)), permissions: found.mode & 0o7777,
      size: found.size, user: found.user, group: found.group,
      identity: Identity(device: found.device, inode: found.inode), linkCount: found.links,
      accessed: FileTime(seconds: found.accessed, nanoseconds: found.accessed_part),
      modified: FileTime(seconds: found.modified, nanoseconds: found.modified_part),
      changed: FileTime(seconds: found.changed, nanoseconds: found.changed_part))
  }
}

extension FileKind {
  /// Of a record of getdents64; nil where the file system does not say.
  init?(entryType: UInt8) {
    switch Int(entryType) {
    case Int(DT_REG): self = .regular
    case Int(DT_DIR): self = .directory
    case Int(DT_LNK): self = .symbolicLink
    case Int(DT_FIFO): self = .pipe
    case Int(DT_SOCK): self = .socket
    case Int(DT_CHR): self = .characterDevice
    case Int(DT_BLK): self = .blockDevice
    default: return nil
    }
  }
}
