internal import CoreShift

// What the caller has added: perhaps under several paths, or within another tree.
extension WatchTree {
  /// Tells the end of what the caller has added, under each path.
  mutating func dropRoots(of watch: Watch, _ events: inout [PlacedEvent]) {
    for path in roots.keys where roots[path] == watch {
      roots[path] = nil
      events.append(.gone(path))
    }
  }

  /// Takes what the caller has added out of the tree that it is in; false for anything else.
  mutating func standAlone(_ watch: Watch, _ node: Node) -> Bool {
    guard let path = roots.first(where: { $0.value == watch })?.key else { return false }
    if let parent = node.parent, nodes[parent]?.children[node.name] == watch {
      nodes[parent]?.children[node.name] = nil
    }
    nodes[watch]?.parent = nil
    nodes[watch]?.name = path
    return true
  }

  /// Whether `other` is `watch` itself, or somewhere in it.
  func isAbove(_ watch: Watch, _ other: Watch) -> Bool {
    var next: Watch? = other
    while let above = next {
      if above == watch { return true }
      next = nodes[above]?.parent
    }
    return false
  }
}
