/// The listing, the map and the tests show the same layers.
enum LayoutRule {
  /// Compares the package's folders (`Sources/CoreShift/System`) with the text of its map.
  static func violations(folders: [String], architecture: String) -> [Violation] {
    let sources = folders.filter { $0.hasPrefix("Sources/") && !$0.hasSuffix("/include") }
    return unmapped(sources, in: architecture) + stale(sources, in: architecture)
      + unmirrored(folders)
  }

  /// Every folder of `Sources` has a line in the map.
  private static func unmapped(_ sources: [String], in architecture: String) -> [Violation] {
    let lines = mapped(in: architecture)
    return sources.filter { !lines.contains($0) }.map {
      Violation(path: "ARCHITECTURE.md", "`\($0)` has no line of its own under \"Folders\"")
    }
  }

  /// Every line of the map is a folder.
  private static func stale(_ sources: [String], in architecture: String) -> [Violation] {
    mapped(in: architecture).filter { !sources.contains($0) }.map {
      Violation(path: "ARCHITECTURE.md", "`\($0)` is not a folder")
    }
  }

  /// The folders that the map lists: its lines that begin with "| `Sources/…` |".
  private static func mapped(in architecture: String) -> [String] {
    architecture.split(separator: "\n").compactMap { line in
      guard line.hasPrefix("| `Sources/") else { return nil }
      return line.split(separator: "`").dropFirst().first.map(String.init)
    }
  }

  /// Every folder of `Tests` mirrors one of `Sources`: `Tests/CoreShiftTests/Reactor` tests
  /// `Sources/CoreShift/Reactor`.
  private static func unmirrored(_ folders: [String]) -> [Violation] {
    folders.compactMap { folder in
      var parts = folder.split(separator: "/").map(String.init)
      guard parts.count > 1, parts[0] == "Tests" else { return nil }
      guard !Policy.freeTestFolders.contains(parts[1]) else { return nil }
      parts[0] = "Sources"
      parts[1] = parts[1].hasSuffix("Tests") ? String(parts[1].dropLast(5)) : parts[1]
      let source = parts.joined(separator: "/")
      return folders.contains(source) && source.dropFirst(8) != folder.dropFirst(6)
        ? nil : Violation(path: folder, "mirrors no folder of Sources")
    }
  }
}
