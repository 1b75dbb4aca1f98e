internal import CoreShift

// What the caller has added: perhaps under several paths, or within another tree.
extension WatchTree {
  /// Watches what was added at `path` no more, and takes what is of it alone out of `pending`.
  ///
  /// - Returns: false when `path` was not added, or is gone.
  mutating func remove(_ path: RawString, _ pending: inout ArraySlice<Notice>) -> Bool {
    guard let ended = endRoot(path) else { return false }
    var waiting = pairing
    waiting.drop { isOver($0, path, ended) }
    pairing = waiting
    pending.removeAll { notice in
      switch notice {
      case .event(let event): isOver(event, path, ended)
      case .renamed(let old, let new): isOver(old, path, ended) && isOver(new, path, ended)
      case .rescan: false
      }
    }
    return true
  }

  /// - Returns: the watches that have ended; nil when `path` was not added, or is gone.
  @discardableResult
  mutating func endRoot(_ path: RawString) -> Set<Watch>? {
    guard let watch = roots.removeValue(forKey: path) else { return nil }
    return nodes[watch]?.parent == nil ? retire(watch) : []
  }

  /// Whether nobody wants it any more, now that `path` is removed.
  private func isOver(_ event: PlacedEvent, _ path: RawString, _ ended: Set<Watch>) -> Bool {
    guard let watch = event.watch, nodes[watch] == nil else { return false }
    if ended.contains(watch) { return true }
    // Of a directory that has gone before, only its path says who had it watched.
    return event.path.isWithin(path) && !roots.keys.contains { event.path.isWithin($0) }
  }

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
