/// Whether a path leads to a program that this process may execute.
///
/// For a search along `PATH`: go on after ``notFound``; after ``notPermitted`` go on too, but
/// remember it, for that is what to report when nothing better follows.
@frozen
public enum Executability: Hashable, Sendable {
  /// A regular file, and the effective user may execute it.
  case executable
  /// No file there (or a directory, a link to nothing, or one that cannot be looked at).
  case notFound
  /// A file, or a folder on the way to it, that the effective user may not execute.
  case notPermitted

  /// Looks at the path, following links; a relative one starts at the working directory.
  ///
  /// `stat` and `faccessat(X_OK, AT_EACCESS)`, which may wait for the disk. The answer is of this
  /// moment: only `exec` itself tells for certain.
  public init(of path: RawString) {
    let result = SystemCall.checkExecutable(path)
    switch ErrorCode(rawValue: -result) {
    case _ where result >= 0: self = .executable
    case .permissionDenied, .notPermitted: self = .notPermitted
    default: self = .notFound
    }
  }
}
