internal import CoreShift

/// Who may do what with a file that is made.
///
/// The umask belongs to the whole process and is never changed here.
public enum FilePermissions: Hashable, Sendable {
  /// These bits without those of the process's umask, as `open` has it.
  case lessUmask(UInt32)
  /// These bits, set after the file was made with none for others; only for a file that the call
  /// makes itself.
  case exactly(UInt32)
}

extension FilePermissions {
  /// Opens, or makes, a file; blocks, but only for a disk.
  ///
  /// - Throws: `CoreError`; ``NotSeekable``.
  func open(
    _ path: RawString, for access: Fd.Access, _ options: Fd.OpenOptions
  ) throws -> Fd {
    try refuseFIFO(at: path, options)
    let descriptor = try Fd.openedForDiskAlone { extra throws(CoreError) in
      try openNow(path, for: access, options.union(extra))
    }
    let kind = try Fd.kind(of: descriptor.rawValue)
    if kind == .pipe || (try? descriptor.seek(to: 0, from: .current)) == nil {
      throw NotSeekable(path: path.description, kind: kind)
    }
    // What is left, such as a disk's device, is to wait for what it waits for.
    try descriptor.setBlockingMode(.blocking)
    return descriptor
  }

  /// Before it is opened, which the other end would take for somebody who came and went.
  private func refuseFIFO(at path: RawString, _ options: Fd.OpenOptions) throws {
    // Neither of them opens what it finds there.
    if options.contains(.createNew) || options.contains(.directory) { return }
    let links: LinkPolicy = options.contains(.noFollow) ? .notFollowed : .followed
    // What else may be wrong is for `open` to tell.
    let status = try? DirectoryDescriptor.working.status(of: path, links: links)
    if status?.kind == .pipe { throw NotSeekable(path: path.description, kind: .pipe) }
  }

  private func openNow(
    _ path: RawString, for access: Fd.Access, _ options: Fd.OpenOptions
  ) throws(CoreError) -> Fd {
    switch self {
    case .lessUmask(let bits):
      return try Fd(opening: path, for: access, options, permissions: bits)
    case .exactly(let bits):
      guard options.contains(.createNew) else {
        throw CoreError(
          operation: "open", code: .invalidArgument, subject: .argument("permissions"))
      }
      let descriptor = try Fd(opening: path, for: access, options, permissions: bits & 0o700)
      do {
        try descriptor.setPermissions(bits)
      } catch {
        try? DirectoryDescriptor.working.removeFile(path)
        throw error
      }
      return descriptor
    }
  }
}

extension Fd {
  /// Opens by `open`, which may wait for a disk, and not for the other end of a FIFO.
  static func openedForDiskAlone(
    _ open: (OpenOptions) throws(CoreError) -> Fd
  ) throws(CoreError) -> Fd {
    do throws(CoreError) {
      return try open(.nonBlocking)
    } catch {
      if error.code != .wouldBlock { throw error }
    }
    // A lease that somebody has on the file: he is asked for it, and given time.
    return try open([])
  }
}
