extension SchedulerSnapshot {
  /// The circles of green threads each of which waits for the next, each once: nothing but a
  /// deadline or a cancellation will wake those.
  ///
  /// Only what can be known counts: who joins whom, whose children a scope waits for, who holds a
  /// lock or makes a value once. Who would send to a channel nobody knows.
  public var circles: [[UInt64]] {
    let waits = Dictionary(
      threads.map { ($0.id, $0.waitsFor) }, uniquingKeysWith: { first, _ in first })
    var circles: [[UInt64]] = []
    var done: Set<UInt64> = []
    for thread in threads where !done.contains(thread.id) {
      // Depth first, with the path and what is left to try at each place of it.
      var path = [thread.id]
      var places = [thread.id: 0]
      var left = [thread.waitsFor]
      while let last = left.indices.last {
        guard let next = left[last].popLast() else {
          let finished = path.removeLast()
          done.insert(finished)
          places[finished] = nil
          left.removeLast()
          continue
        }
        if let start = places[next] {
          circles.append(path[start...].startingWithLeast)
        } else if !done.contains(next) {
          places[next] = path.count
          path.append(next)
          left.append(waits[next] ?? [])
        }
      }
    }
    return circles
  }

  /// The same for people, at most 16.
  func circleLines(_ named: [UInt64: String]) -> [String] {
    circles.prefix(16).map { circle in
      let members = (circle + circle.prefix(1)).map { named[$0] ?? "\($0)" }
      return "a circle: " + members.joined(separator: " waits for ")
    }
  }

  /// Each green thread's number and name.
  var displayNames: [UInt64: String] {
    Dictionary(threads.map { ($0.id, $0.displayName) }, uniquingKeysWith: { first, _ in first })
  }
}

extension ArraySlice<UInt64> {
  fileprivate var startingWithLeast: [UInt64] {
    guard let least = self.min(), let turn = firstIndex(of: least) else { return [] }
    return Array(self[turn...] + self[..<turn])
  }
}
