internal import CoreShift

// What was in a directory before it was watched: found by listing it afterwards.
extension WatchTree {
  /// A directory to list next; ``note(_:of:)`` must follow.
  mutating func takeUnlisted() -> Scan? {
    while let next = unlisted.popLast() {
      if nodes[next.watch] == nil { continue }
      return Scan(watch: next.watch, path: path(of: next.watch), purpose: next.purpose)
    }
    if missing.isEmpty { return nil }
    let lost = missing
    missing = []
    for watch in lost { retire(watch) }
    // What the caller has added stays, and may have gone as well.
    unlisted = lost.filter { nodes[$0] != nil }.map { ($0, .watching) }
    return takeUnlisted()
  }

  /// Takes in what was found in a directory.
  mutating func note(_ found: Result<[WatchedEntry], CoreError>, of scan: Scan) -> [Notice] {
    guard nodes[scan.watch] != nil else { return [] }
    var events: [PlacedEvent] = []
    switch found {
    case .failure(let error):
      noteUnlisted(scan, error, &events)
    case .success where !isInPlace(scan.watch): noteStray(scan.watch, scan.purpose)
    case .success(let entries):
      for entry in entries {
        if scan.purpose == .telling,
          known.insert(Place(watch: scan.watch, name: entry.name)).inserted,
          nodes[scan.watch]?.children[entry.name] == nil
        {
          events.append(
            PlacedEvent(
              scan.path.appending(entry.name), .created, isDirectory: entry.isDirectory,
              of: scan.watch))
        }
        if entry.isDirectory {
          let purpose = scan.purpose == .watching ? Scan.Purpose.watching : .telling
          _ = watchDirectory(entry.name, in: scan.watch, purpose, &events)
        }
      }
    }
    return events.map { .event($0) }.filter(isWanted)
  }

  /// Looks at the whole tree again, of which the kernel has not told everything.
  mutating func resync() {
    guard depth == .all else { return }
    missing = Set(nodes.filter { $0.value.parent != nil }.keys)
    unlisted = roots.values.map { ($0, .watching) }
    floating = [:]
    displaced = []
    strays = []
  }

  private mutating func noteUnlisted(
    _ scan: Scan, _ error: CoreError, _ events: inout [PlacedEvent]
  ) {
    switch error.code {
    case .notDirectory: break  // a file, which has nothing in it
    case .notFound:
      // Further down the kernel tells of the end, or of a new name; after an overflow perhaps not,
      // and of what the caller has added somebody must.
      guard nodes[scan.watch]?.parent == nil else {
        return noteStray(scan.watch, scan.purpose)
      }
      dropRoots(of: scan.watch, &events)
      retire(scan.watch)
    default: events.append(.unwatched(scan.path, error, in: scan.watch))
    }
  }
}
