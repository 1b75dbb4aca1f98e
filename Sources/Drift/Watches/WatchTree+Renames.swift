internal import CoreShift

// Directories that come, go and change their names. What the kernel is asked by a path, and what a
// listing finds, may be ahead of what it has told: then a watch is out of place, until the events
// that explain it have come.
extension WatchTree {
  /// Puts a directory, which has been found there, in its place.
  mutating func attach(_ watch: Watch, to parent: Watch, as name: RawString) {
    settle(watch)
    // A directory within itself, by a mount: the path would have no end.
    if isAbove(watch, parent) { return }
    // It may have moved, which the kernel tells later, by the name that it had: this one.
    if let old = nodes[parent]?.children[name], old != watch { displaced.append(old) }
    if let node = nodes[watch] {
      if let before = node.parent, nodes[before]?.children[node.name] == watch {
        nodes[before]?.children[node.name] = nil
      }
      if node.parent != parent || node.name != name { listStrays() }
      nodes[watch]?.parent = parent
      nodes[watch]?.name = name
    } else {
      nodes[watch] = Node(parent: parent, name: name)
    }
    nodes[parent]?.children[name] = watch
  }

  mutating func noteStray(_ watch: Watch, _ purpose: Scan.Purpose) {
    if !strays.contains(where: { $0.watch == watch }) { strays.append((watch, purpose)) }
  }

  /// What was not found by the path that it had may be found now.
  private mutating func listStrays() {
    unlisted += strays
    strays = []
  }

  /// It is out of place no more: found again, or ended.
  mutating func settle(_ watch: Watch) {
    missing.remove(watch)
    displaced.removeAll { $0 == watch }
    for (cookie, floated) in floating where floated == watch { floating[cookie] = nil }
  }

  /// A directory has come, gone, or moved.
  mutating func follow(
    _ event: WatchEvent, _ name: RawString, in parent: Watch, _ events: inout [PlacedEvent]
  ) {
    if event.changes.contains(.created) {
      // One that is there already was found by a listing.
      if nodes[parent]?.children[name] == nil {
        _ = watchDirectory(name, in: parent, .telling, &events)
      }
    } else if event.changes.contains(.deleted) {
      // Its own end may come later: somebody may have it open.
      if let child = takeOut(name, of: parent) { retire(child) }
    } else if event.changes.contains(.movedFrom) {
      floating[event.cookie] = takeOut(name, of: parent)
    } else if event.changes.contains(.movedTo) {
      followIn(floating.removeValue(forKey: event.cookie), as: name, in: parent, &events)
    }
  }

  /// Takes out the directory that an event is about: of several that have had this name, the first.
  private mutating func takeOut(_ name: RawString, of parent: Watch) -> Watch? {
    let index = displaced.firstIndex { nodes[$0]?.parent == parent && nodes[$0]?.name == name }
    if let index { return displaced.remove(at: index) }
    return nodes[parent]?.children.removeValue(forKey: name)
  }

  /// A directory has come by a rename; `floated` is the watch that its old name had.
  ///
  /// When that was asked for, another directory may have had the name already. So it is asked for
  /// again: the kernel gives the same watch for the same directory.
  private mutating func followIn(
    _ floated: Watch?, as name: RawString, in parent: Watch, _ events: inout [PlacedEvent]
  ) {
    if let floated { attach(floated, to: parent, as: name) }
    var refusals: [PlacedEvent] = []
    _ = watchDirectory(name, in: parent, .telling, &refusals)
    if floated == nil { events += refusals }
  }
}
