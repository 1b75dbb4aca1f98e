import CoreShift
import Drift
import Testing

/// What is told, in words, about all that has happened so far.
///
/// Two marks are made, the second after the first was told: what lies in new directories is told
/// between them.
func told(
  _ watch: FileWatch, in folder: TemporaryFolder, marking place: String = "."
) throws -> [String] {
  var told: [String] = []
  for _ in 0..<2 {
    let name = "mark-\(UInt64.random(in: 0...UInt64.max))"
    let mark = place == "." ? name : "\(place)/\(name)"
    try folder.makeFile(mark)
    while let change = try watch.next() {
      let words = words(change, in: folder)
      if words == "created \(mark)" { break }
      told.append(words)
    }
  }
  return told.filter { !$0.contains("mark-") }
}

func words(_ change: FileChange, in folder: TemporaryFolder) -> String {
  switch change {
  case .event(let event):
    let names: [(FileChanges, String)] = [
      (.created, "created"), (.deleted, "deleted"), (.modified, "modified"),
      (.movedFrom, "left"), (.movedTo, "came"), (.closedAfterWriting, "written"),
      (.selfDeleted, "end of"),
    ]
    let name = names.first { event.changes.contains($0.0) }?.1 ?? "changed"
    return "\(name) \(folder.short(event.path))\(event.isDirectory ? "/" : "")"
  case .renamed(let old, let new):
    return "renamed \(folder.short(old.path)) to \(folder.short(new.path))"
  case .gone(let path): return "gone \(path)"
  case .unwatched(let path, let error): return "unwatched \(path): \(error)"
  case .rescan: return "rescan"
  }
}
