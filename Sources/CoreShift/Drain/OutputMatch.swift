/// What to look for in a child's output while it is drained.
///
/// It also sees what goes over the byte limit, and what is split over several reads.
public struct OutputMatch {
  enum Kind {
    case pattern([UInt8])
    case predicate(overlap: Int, (Span<UInt8>) -> Bool)
  }

  let kind: Kind

  /// These bytes, one after the other; none at all match the first output.
  public static func bytes(_ pattern: [UInt8]) -> OutputMatch {
    OutputMatch(kind: .pattern(pattern))
  }

  /// This text's UTF-8.
  public static func text(_ text: String) -> OutputMatch {
    .bytes(Array(text.utf8))
  }

  /// Whatever a predicate accepts.
  ///
  /// Each call sees the new bytes, and before them up to `overlap` bytes of what it has seen
  /// already: one less than the longest thing that it looks for is enough.
  public static func predicate(
    overlap: Int, _ accepts: @escaping (Span<UInt8>) -> Bool
  ) -> OutputMatch {
    OutputMatch(kind: .predicate(overlap: max(0, overlap), accepts))
  }
}

/// A match in progress, in one stream of bytes.
public struct OutputSearch {
  private let kind: OutputMatch.Kind
  /// For a pattern: the length of the longest proper border of each of its prefixes.
  private var borders: [Int] = []
  /// For a pattern: how many of its bytes the output ends with.
  private var matched = 0
  /// For a predicate: the end of what it has seen.
  private var tail: [UInt8] = []

  /// Begins at the start of the stream.
  public init(_ match: OutputMatch) {
    kind = match.kind
    guard case .pattern(let pattern) = kind, !pattern.isEmpty else { return }
    borders = [Int](repeating: 0, count: pattern.count)
    var length = 0
    for index in pattern.indices.dropFirst() {
      while length > 0, pattern[index] != pattern[length] { length = borders[length - 1] }
      if pattern[index] == pattern[length] { length += 1 }
      borders[index] = length
    }
  }

  /// Whether there was a match.
  public private(set) var isFound = false

  /// Takes the next bytes of the output, and tells whether they complete a match.
  public mutating func finds(in chunk: Span<UInt8>) -> Bool {
    switch kind {
    case .pattern(let pattern):
      isFound = finds(pattern, in: chunk)
    case .predicate(let overlap, let accepts):
      for index in chunk.indices { tail.append(chunk[index]) }
      isFound = accepts(tail.span)
      if tail.count > overlap { tail.removeFirst(tail.count - overlap) }
    }
    return isFound
  }

  // Knuth, Morris and Pratt: each byte is looked at once, and nothing is kept but a number.
  private mutating func finds(_ pattern: [UInt8], in chunk: Span<UInt8>) -> Bool {
    guard !pattern.isEmpty else { return true }
    for index in chunk.indices {
      let byte = chunk[index]
      while matched > 0, byte != pattern[matched] { matched = borders[matched - 1] }
      if byte == pattern[matched] { matched += 1 }
      guard matched == pattern.count else { continue }
      matched = borders[matched - 1]
      return true
    }
    return false
  }
}

@available(*, unavailable, message: "a match may hold a closure")
extension OutputMatch: Sendable {}

@available(*, unavailable, message: "a search may hold a closure")
extension OutputSearch: Sendable {}
