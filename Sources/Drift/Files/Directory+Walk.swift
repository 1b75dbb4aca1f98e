public import CoreShift
internal import GreenThreads

extension Directory {
  /// What a walk comes upon.
  public struct Step: Sendable {
    /// From the directory that the walk began at, whose own path is not part of it.
    public let path: RawString
    /// The last part of the path, and what it is; links are not followed.
    public let entry: DirectoryEntry
    /// 1 for what is in the first directory.
    public let depth: Int
  }

  /// How a walk goes on after a step.
  public enum Pace: Hashable, Sendable {
    /// Into a directory, and then further.
    case goOn
    /// Not into this directory.
    case skipContents
    /// Not at all.
    case stop
  }

  /// In which order a walk takes its steps.
  public enum WalkOrder: Hashable, Sendable {
    /// Each directory before what is in it, and names by their bytes: the same on every run.
    case byName
    /// Each directory before what is in it, and else as the disk answers.
    case asFound
  }

  /// Visits everything below a directory, while at most `limit` directories are being read.
  ///
  /// Holds one directory open for each level on the way down, and those that are being read. Never
  /// follows a link, also where somebody changes the tree meanwhile: each directory is opened from
  /// the one above it. Parks.
  ///
  /// - Parameters:
  ///   - path: where it begins; it is not visited itself.
  ///   - order: of the steps.
  ///   - limit: how many directories are read ahead at the same time, at least 1.
  ///   - onFailure: told of each directory that cannot be read, by its path from `path`; what it
  ///     throws ends the walk, which the error itself does unless said otherwise.
  ///   - visit: called with each step, on one green thread at a time; may park.
  /// - Throws: what `visit` and `onFailure` throw; `CoreError` for `path` itself; `Cancelled`;
  ///   `InvalidArgument` for a limit below 1.
  public static func walk(
    _ path: RawString, order: WalkOrder = .byName, limit: Int = 4,
    onFailure: (RawString, CoreError) throws -> Void = { throw $1 },
    _ visit: (Step) throws -> Pace
  ) throws {
    guard limit >= 1 else { throw InvalidArgument("a walk that reads \(limit) directories") }
    let root = try readingDisk("list \(path)") { try Listing(root: path) }
    try withoutActuallyEscaping(visit) { visit in
      try withoutActuallyEscaping(onFailure) { onFailure in
        try withScope { scope in
          let walk = Walk(scope, limit, onFailure, visit)
          switch order {
          case .byName: try walk.goByName(through: root)
          case .asFound: try walk.goAsFound(through: root)
          }
          scope.cancel()
        }
      }
    }
  }
}
