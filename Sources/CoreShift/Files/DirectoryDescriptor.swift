/// An open directory, from which names and paths lead on.
///
/// Paths begin here, unless they are absolute. What is held open stays the same directory, whoever
/// renames or replaces what is above it: so a walk that opens each directory from the one above,
/// without following links, cannot be led astray. Any call may wait for the disk.
public struct DirectoryDescriptor: ~Copyable, Sendable {
  /// The number; below zero for the working directory.
  let number: Int32

  /// The working directory of this process, as it is at each call; holds nothing open.
  public static var working: DirectoryDescriptor {
    DirectoryDescriptor(number: SystemCall.workingDirectory)
  }

  private init(number: Int32) {
    self.number = number
  }

  /// Opens a directory; ``ErrorCode/notDirectory`` for anything else, and for a link that is not
  /// followed.
  public init(opening path: RawString, links: LinkPolicy = .followed) throws(CoreError) {
    self = try DirectoryDescriptor.working.openDirectory(path, links: links)
  }

  deinit {
    if number >= 0 { _ = SystemCall.close(number) }
  }

  /// Opens a directory, from here.
  ///
  /// Where links are not followed, slashes at the end are taken off: they would follow one.
  public borrowing func openDirectory(
    _ path: RawString, links: LinkPolicy = .followed
  ) throws(CoreError) -> DirectoryDescriptor {
    let options: Fd.OpenOptions = links == .followed ? .directory : [.directory, .noFollow]
    let name = links == .followed ? path : path.withoutLastSlashes
    return DirectoryDescriptor(number: try open(name, for: .reading, options).release())
  }

  /// Opens a file, from here; see ``Fd/init(opening:for:_:permissions:)``.
  public borrowing func open(
    _ path: RawString, for access: Fd.Access, _ options: Fd.OpenOptions = [],
    permissions: UInt32 = 0o666
  ) throws(CoreError) -> Fd {
    guard access != .reading || !options.contains(.truncate) else {
      throw CoreError(operation: "openat", code: .invalidArgument, subject: .argument("options"))
    }
    let opened = SystemCall.open(
      path, in: number, flags: access.flags | options.flags, permissions: permissions)
    return Fd(owning: try check(opened, "openat", .path(path.description)))
  }

  /// What a path leads to; `fstatat(2)`.
  public borrowing func status(
    of path: RawString, links: LinkPolicy = .followed
  ) throws(CoreError) -> FileStatus {
    let (result, status) = SystemCall.status(
      of: path, in: number, followsLink: links == .followed)
    try check(result, "fstatat", .path(path.description))
    return status
  }

  /// Of this directory itself.
  public borrowing func status() throws(CoreError) -> FileStatus {
    if number < 0 { return try status(of: ".") }
    let (result, status) = SystemCall.status(of: number)
    try check(result, "fstat", .descriptor(number))
    return status
  }

  /// Makes a directory; `mkdirat(2)`, less the umask.
  public borrowing func makeDirectory(
    _ path: RawString, permissions: UInt32 = 0o777
  ) throws(CoreError) {
    try check(
      SystemCall.makeDirectory(path, in: number, permissions: permissions), "mkdirat",
      .path(path.description))
  }

  /// Removes a name that is no directory's; a link goes itself, and what it leads to stays.
  public borrowing func removeFile(_ path: RawString) throws(CoreError) {
    try check(
      SystemCall.removeFile(path, in: number), "unlinkat", .path(path.description))
  }

  /// Removes an empty directory; ``ErrorCode/notEmpty`` for another.
  public borrowing func removeDirectory(_ path: RawString) throws(CoreError) {
    try check(
      SystemCall.removeDirectory(path, in: number), "unlinkat", .path(path.description))
  }

  /// What a rename does where there is something of that name.
  @frozen
  public enum Replacement: Hashable, Sendable {
    /// Takes its place, at one instant.
    case allowed
    /// Fails with ``ErrorCode/alreadyExists``.
    case refused
  }

  /// Gives a file or directory another name, which may be in another directory of the same file
  /// system; `renameat2(2)`.
  public borrowing func rename(
    _ path: RawString, to target: RawString, in directory: borrowing DirectoryDescriptor,
    replacing: Replacement = .allowed
  ) throws(CoreError) {
    try check(
      SystemCall.rename(
        path, in: number, to: target, in: directory.number, replaces: replacing == .allowed),
      "renameat2", .path(path.description))
  }

  /// Waits until the disk has the names in it; of ``working``, those in the working directory.
  ///
  /// Needs no descriptor besides this one, but for ``working``, which is opened meanwhile.
  public borrowing func synchronize() throws(CoreError) {
    if number < 0 { return try openDirectory(".").synchronize() }
    try Fd.borrowing(number) { own throws(CoreError) in try own.synchronize(.all) }
  }
}
