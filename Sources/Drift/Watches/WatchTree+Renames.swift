internal import CoreShift

// Directories that come, go and change their names. What the kernel is asked by a path, and what a
// listing finds, may be ahead of what it has told: then a watch is out of place, until the events
// that explain it have come.
extension WatchTree {
  /// Puts a directory, which has been found there, in its place.
  mutating func attach(_ watch: Watch, to parent: Watch, as name: RawString) {
    settle(watch)
    if let old = nodes[parent]?.children[name], old != watch { retire(old) }
    if let node = nodes[watch] {
      // A directory within itself, by a mount: the path would have no end.
      if isAbove(watch, parent) { return }
      if let before = node.parent, nodes[before]?.children[node.name] == watch {
        nodes[before]?.children[node.name] = nil
      }
      nodes[watch]?.parent = parent
      nodes[watch]?.name = name
    } else {
      nodes[watch] = Node(parent: parent, name: name)
    }
    nodes[parent]?.children[name] = watch
  }

  /// It is out of place no more: found again, or ended.
  mutating func settle(_ watch: Watch) {
    missing.remove(watch)
    for (cookie, floated) in floating where floated == watch { floating[cookie] = nil }
  }

  /// A directory has come, gone, or moved.
  mutating func follow(
    _ event: WatchEvent, _ name: RawString, in parent: Watch, _ events: inout [PlacedEvent]
  ) {
    let child = nodes[parent]?.children[name]
    if event.changes.contains(.created) {
      // One that is there already was found by a listing.
      if child == nil { _ = watchDirectory(name, in: parent, .telling, &events) }
    } else if event.changes.contains(.deleted) {
      // Its own end may come later: somebody may have it open.
      if let child { retire(child) }
    } else if event.changes.contains(.movedFrom) {
      guard let child else { return }
      nodes[parent]?.children[name] = nil
      floating[event.cookie] = child
    } else if event.changes.contains(.movedTo) {
      followIn(floating.removeValue(forKey: event.cookie), as: name, in: parent, &events)
    }
  }

  /// A directory has come by a rename; `floated` is the watch that its old name had.
  ///
  /// When that was asked for, another directory may have had the name already. So it is asked for
  /// again: the kernel gives the same watch for the same directory.
  private mutating func followIn(
    _ floated: Watch?, as name: RawString, in parent: Watch, _ events: inout [PlacedEvent]
  ) {
    var refusals: [PlacedEvent] = []
    let watch = watchDirectory(name, in: parent, .telling, &refusals)
    guard let floated else {
      events += refusals
      return
    }
    if watch == nil {
      attach(floated, to: parent, as: name)
    } else if watch != floated {
      // Events that follow tell where it is, if it is here.
      missing.insert(floated)
    }
  }
}
