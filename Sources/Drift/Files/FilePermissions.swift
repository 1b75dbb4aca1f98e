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
  /// Opens, or makes, a file; blocks.
  func open(
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
