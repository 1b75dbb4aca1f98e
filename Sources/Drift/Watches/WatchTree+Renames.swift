internal import CoreShift

// Directories that come, go and change their names. What the kernel is asked by a path, and what a
// listing finds, may be ahead of what it has told: a name may be another directory's by now, and so
// may the path of the directory that it is in. The answer is taken only where that is still in its
// place, and asked for again when it has turned up; and at each arrival it is asked for once more:
// when all has been told, the tree is as the disk has it.
extension WatchTree {
  /// Puts a directory, which has been found there, in its place.
  mutating func attach(_ watch: Watch, to parent: Watch, as name: RawString) {
    // A directory within itself, by a mount: the path would have no end.
    if isAbove(watch, parent) { return }
    settle(watch)
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
    if purpose == .again && strays.contains(where: { $0.watch == watch }) { return }
    strays.append((watch, purpose))
  }

  /// Whether what is at the path that a directory has here is that directory.
  ///
  /// Until a rename of it, or further up, has been told, another may be there by now.
  mutating func isInPlace(_ watch: Watch) -> Bool {
    do throws(CoreError) {
      let options: WatchOptions = nodes[watch]?.parent == nil ? [] : Self.furtherDown
      let there = try files.add(path(of: watch), kernelChanges, options)
      if there != watch { dropUnknown(there) }
      return there == watch
    } catch {
      return error.code != .notFound && error.code != .notDirectory
    }
  }

  /// Ends a watch that was made by a wrong path, unless it is one that is known.
  mutating func dropUnknown(_ watch: Watch) {
    if nodes[watch] == nil, files.remove(watch) { retiring[watch, default: 0] += 1 }
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
    guard let child = nodes[parent]?.children[name] else { return nil }
    var refusals: [PlacedEvent] = []
    let present = watchDirectory(name, in: parent, .telling, &refusals)
    // It has come since, or is back: the event is about one before it.
    if present == child { return nil }
    if nodes[parent]?.children[name] == child { nodes[parent]?.children[name] = nil }
    displaced.removeAll { $0 == child }
    return child
  }

  /// A directory has come by a rename; `floated` is the watch that its old name had.
  ///
  /// When that was asked for, another directory may have had the name already. So it is asked for
  /// again: the kernel gives the same watch for the same directory.
  private mutating func followIn(
    _ floated: Watch?, as name: RawString, in parent: Watch, _ events: inout [PlacedEvent]
  ) {
    if let floated {
      // Where this cannot be so, as when the parent was found somewhere in it, it will turn up.
      displaced.append(floated)
      attach(floated, to: parent, as: name)
    }
    var refusals: [PlacedEvent] = []
    _ = watchDirectory(name, in: parent, .telling, &refusals)
    if floated == nil { events += refusals }
  }
}
