import CoreShift
import Drift
import Glibc
import GreenThreads
import TestSupport
import Testing

/// Directories that come, go and change their names at random, faster than they are told.
@Suite struct FileWatchStressTests {
  @Test func `whatever becomes of directories, those that are left are watched by their paths`()
    throws
  {
    for seed in UInt64(1)...20 { try run(seed: seed) }
  }

  private func run(seed: UInt64) throws {
    try onDrift {
      try withTemporaryFolder { folder in
        var random = SeededGenerator(seed: seed)
        let watch = try FileWatch(folder.raw, for: .created, .all)
        var paths: [String] = []
        for _ in 0..<12 {
          for _ in 0..<Int.random(in: 1...6, using: &random) {
            change(folder, &paths, &random)
          }
          if Bool.random(using: &random) { _ = try told(watch, in: folder) }
        }
        // What comes late by a listing is marked as well.
        for _ in 0..<3 { _ = try told(watch, in: folder) }
        #expect(watch.count == paths.count + 1, "seed \(seed)")
        for path in paths { try folder.makeFile("\(path)/last") }
        let seen = try told(watch, in: folder)
        #expect(Set(seen) == Set(paths.map { "created \($0)/last" }), "seed \(seed)")
      }
    }
  }

  /// Makes, removes, moves or exchanges directories.
  private func change(
    _ folder: TemporaryFolder, _ paths: inout [String], _ random: inout SeededGenerator
  ) {
    let parent = paths.randomElement(using: &random)
    let name = "n\(Int.random(in: 0..<6, using: &random))"
    let new = Bool.random(using: &random) ? name : parent.map { "\($0)/\(name)" } ?? name
    switch Int.random(in: 0..<5, using: &random) {
    case 0, 1:
      if unsafe mkdir("\(folder.path)/\(new)", 0o700) == 0 { paths.append(new) }
    case 2:
      guard let old = paths.randomElement(using: &random) else { return }
      if unsafe rmdir("\(folder.path)/\(old)") == 0 { paths.removeAll { $0 == old } }
    case 3:
      guard let old = paths.randomElement(using: &random), old != new else { return }
      if rename(folder, old, new, flags: 0) {
        paths.removeAll { $0 == new }
        paths = paths.map { moved($0, from: old, to: new) }
      }
    default:
      guard let one = paths.randomElement(using: &random),
        let two = paths.randomElement(using: &random), one != two
      else { return }
      // The flag is RENAME_EXCHANGE.
      if rename(folder, one, two, flags: 2) {
        paths = paths.map { path in
          let there = moved(path, from: one, to: two)
          return there == path ? moved(path, from: two, to: one) : there
        }
      }
    }
  }

  private func moved(_ path: String, from old: String, to new: String) -> String {
    if path == old { return new }
    return path.hasPrefix(old + "/") ? new + path.dropFirst(old.count) : path
  }

  private func rename(
    _ folder: TemporaryFolder, _ old: String, _ new: String, flags: UInt32
  ) -> Bool {
    typealias Rename =
      @convention(c) (
        Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32
      ) -> Int32
    let symbol = unsafe dlsym(nil, "renameat2")
    // SAFETY: renameat2 has this type.
    let call = unsafe unsafeBitCast(symbol, to: Rename.self)
    return unsafe call(
      AT_FDCWD, "\(folder.path)/\(old)", AT_FDCWD, "\(folder.path)/\(new)", flags) == 0
  }
}
