internal import CoreShift
internal import GreenThreads

/// One walk through a tree of directories.
///
/// The steps are taken on the green thread that called; others only read directories ahead.
final class Walk {
  private typealias Reading = Handle<Result<Listing, CoreError>>

  /// A directory on the way down, in the order of names.
  private struct Level {
    let listing: Listing
    let path: RawString
    var next = 0
    /// Directories that are being read ahead, by their index.
    var readings: [Int: Reading] = [:]
    /// Up to which index has been looked for such.
    var lookedUpTo = 0
  }

  private let scope: Scope
  private let limit: Int
  private let permits: Semaphore
  private let onFailure: (RawString, CoreError) throws -> Void
  private let visit: (Directory.Step) throws -> Directory.Pace

  init(
    _ scope: Scope, _ limit: Int, _ onFailure: @escaping (RawString, CoreError) throws -> Void,
    _ visit: @escaping (Directory.Step) throws -> Directory.Pace
  ) {
    self.scope = scope
    self.limit = limit
    self.onFailure = onFailure
    self.visit = visit
    permits = Semaphore(permits: limit, label: "walk")
  }

  /// Reads a directory below an open one, when its turn has come.
  private func readLater(_ name: RawString, below parent: Listing) -> Reading {
    scope.spawn(name: "walk") { [permits] in
      try permits.withPermit { try Self.read(name, below: parent) }
    }
  }

  private static func read(
    _ name: RawString, below parent: Listing
  ) throws -> Result<Listing, CoreError> {
    try readingDisk("list \(name)") {
      do throws(CoreError) {
        return .success(try Listing(of: name, in: parent))
      } catch {
        return .failure(error)
      }
    }
  }

  // MARK: - By name

  func goByName(through root: Listing) throws {
    var levels = [Level(listing: root, path: "")]
    while !levels.isEmpty {
      let top = levels.count - 1
      readAhead(in: &levels[top])
      let index = levels[top].next
      guard index < levels[top].listing.entries.count else {
        levels.removeLast()
        continue
      }
      levels[top].next += 1
      let entry = levels[top].listing.entries[index]
      let path = levels[top].path.appending(entry.name)
      let pace = try visit(Directory.Step(path: path, entry: entry, depth: levels.count))
      if pace == .stop { return }
      let reading = levels[top].readings.removeValue(forKey: index)
      guard let reading else { continue }
      if pace == .skipContents {
        reading.cancel()
        // One that has been read would keep its names until the walk ends.
        _ = try? reading.join()
        try GreenThread.checkCancellation()
      } else if let listing = try listing(of: reading, at: path) {
        levels.append(Level(listing: listing, path: path))
      }
    }
  }

  /// Sees to it that the next directories of a level are being read.
  private func readAhead(in level: inout Level) {
    let entries = level.listing.entries
    while level.readings.count < limit && level.lookedUpTo < entries.count {
      let index = level.lookedUpTo
      level.lookedUpTo += 1
      if entries[index].kind == .directory {
        level.readings[index] = readLater(entries[index].name, below: level.listing)
      }
    }
  }

  /// What has been read; nil for a failure that does not end the walk.
  private func listing(of reading: Reading, at path: RawString) throws -> Listing? {
    switch try reading.join() {
    case .success(let listing): return listing
    case .failure(let error):
      try onFailure(path, error)
      return nil
    }
  }

  // MARK: - As found

  /// A directory that has been read, or could not be.
  private struct Found {
    let path: RawString
    let depth: Int
    let result: Result<Listing, CoreError>
  }

  /// One that has yet to be read.
  private struct Waiting {
    let path: RawString
    let depth: Int
    let name: RawString
    let parent: Listing
  }

  func goAsFound(through root: Listing) throws {
    let answers = Channel<Found>()
    var waiting: [Waiting] = []
    var reading = 0
    var next: Found? = Found(path: "", depth: 0, result: .success(root))
    while let found = next {
      guard try visitEntries(of: found, &waiting) else { return }
      // The deepest first, so that few directories are held open.
      while reading < limit, let place = waiting.popLast() {
        reading += 1
        scope.spawn(name: "walk") {
          let result = try Self.read(place.name, below: place.parent)
          try answers.send(Found(path: place.path, depth: place.depth, result: result))
        }
      }
      if reading == 0 { return }
      next = try answers.receive()
      reading -= 1
    }
  }

  /// Takes the steps of one directory, and notes the directories in it.
  ///
  /// - Returns: whether the walk goes on.
  private func visitEntries(of found: Found, _ waiting: inout [Waiting]) throws -> Bool {
    let listing: Listing
    switch found.result {
    case .success(let success): listing = success
    case .failure(let error):
      try onFailure(found.path, error)
      return true
    }
    for entry in listing.entries {
      let path = found.path.appending(entry.name)
      let depth = found.depth + 1
      let pace = try visit(Directory.Step(path: path, entry: entry, depth: depth))
      if pace == .stop { return false }
      if pace == .goOn && entry.kind == .directory {
        waiting.append(Waiting(path: path, depth: depth, name: entry.name, parent: listing))
      }
    }
    return true
  }
}
