public import CoreShift
internal import GreenThreads

extension File {
  /// What a replaced file may do, and who owns it.
  public enum ReplacedPermissions: Hashable, Sendable {
    /// Those of the file that is there; of a new one, these without those of the umask.
    ///
    /// The set-user and set-group bits only where the new file has the same user and group.
    case kept(orLessUmask: UInt32)
    /// These, whatever was there.
    case exactly(UInt32)
  }

  /// Puts a file with these contents in the place of what is there, at one instant; see
  /// ``replace(_:permissions:_:)``.
  ///
  /// Parks.
  public static func replace(
    _ path: RawString, with bytes: [UInt8],
    permissions: ReplacedPermissions = .kept(orLessUmask: 0o666)
  ) throws {
    try replace(path, permissions: permissions) { try $0.write(bytes) }
  }

  /// Puts the file that `body` writes in the place of what is there, at one instant.
  ///
  /// Whoever opens `path` finds the old contents or the new ones, whole, also after a crash: a
  /// temporary file in the same directory is written, synchronized and renamed, and then the
  /// directory is synchronized. Whatever fails before the rename leaves the old file as it was and
  /// no temporary one. All that takes a descriptor comes before `body`: after the rename the disk
  /// alone can fail. A link as the last part is replaced itself; other names of the old file keep
  /// the old contents. The new file belongs to whoever calls. Parks.
  ///
  /// - Parameters:
  ///   - path: begins at the working directory, unless it is absolute.
  ///   - permissions: of the new file.
  ///   - body: writes it, from the beginning.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws; `CoreError`, also of the directory's `fsync`, when the new file
  ///   is there already; `Cancelled`, and then the old one is.
  @discardableResult
  public static func replace<Value>(
    _ path: RawString, permissions: ReplacedPermissions = .kept(orLessUmask: 0o666),
    _ body: (File) throws -> Value
  ) throws -> Value {
    let (directory, name) = try path.splitLast()
    let place = try changingDisk("replace \(path)") {
      try ReplacementPlace(of: name, in: directory, permissions)
    }
    let file = File(place.file)
    let value: Value
    do {
      value = try body(file)
      try changingDisk("replace \(path)") { try place.putInPlace() }
    } catch {
      try? cleaningDisk("drop \(path)") { place.removeTemporary() }
      throw error
    }
    file.close()
    try cleaningDisk("sync \(directory)") { try place.synchronize() }
    return value
  }
}

/// A temporary file that will take another's place; all of it blocks.
final class ReplacementPlace: Sendable {
  private let directory: DirectoryDescriptor
  private let name: RawString
  private let temporary: RawString
  private let wanted: File.ReplacedPermissions
  /// What is there, seen through a link, if its permissions are kept.
  private let old: FileStatus?
  let file: OpenFile

  init(
    of name: RawString, in path: RawString, _ wanted: File.ReplacedPermissions
  ) throws(CoreError) {
    directory = try DirectoryDescriptor(opening: path)
    self.name = name
    self.wanted = wanted
    var initial: UInt32 = 0o600
    switch wanted {
    case .exactly: old = nil
    case .kept(let bits):
      old = try directory.statusIfThere(of: name)
      if old == nil { initial = bits }
    }
    (temporary, file) = try TemporaryName.makeFile(in: directory, permissions: initial)
  }

  func putInPlace() throws(CoreError) {
    try file.lend { descriptor throws(CoreError) in
      if let bits = try permissions(for: descriptor) { try descriptor.setPermissions(bits) }
      try descriptor.synchronize(.all)
    }
    try directory.rename(temporary, to: name, in: directory)
  }

  /// Nil where the file was made with them.
  private func permissions(for new: borrowing Fd) throws(CoreError) -> UInt32? {
    if case .exactly(let bits) = wanted { return bits }
    guard let old else { return nil }
    let status = try new.status()
    let isSameOwner = old.user == status.user && old.group == status.group
    // Else a program that acts as its owner would act as another one from now on.
    return isSameOwner ? old.permissions : old.permissions & ~0o6000
  }

  func removeTemporary() {
    // There is no other way to be rid of it, and the first error is the one to report.
    try? directory.removeFile(temporary)
  }

  func synchronize() throws(CoreError) {
    try directory.synchronize()
  }
}

extension DirectoryDescriptor {
  /// Nil for what is not there.
  fileprivate borrowing func statusIfThere(of name: RawString) throws(CoreError) -> FileStatus? {
    do {
      return try status(of: name)
    } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }
}

/// Names that nobody else has.
enum TemporaryName {
  /// `.drift-` and 64 bits at random.
  static func random() -> RawString {
    RawString(".drift-" + String(UInt64.random(in: .min ... .max), radix: 36))
  }

  /// Makes a file under a new name, open for reading and writing.
  static func makeFile(
    in directory: borrowing DirectoryDescriptor, permissions: UInt32
  ) throws(CoreError) -> (name: RawString, file: OpenFile) {
    while true {
      let name = random()
      do {
        let descriptor = try directory.open(
          name, for: .both, [.createNew, .noFollow], permissions: permissions)
        return (name, try OpenFile(descriptor))
      } catch {
        if error.code != .alreadyExists { throw error }
      }
    }
  }
}
