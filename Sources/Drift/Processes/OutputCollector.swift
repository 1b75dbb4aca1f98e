/// Keeps what a child writes, within one budget for both streams, and looks for a text in it.
final class OutputCollector {
  private(set) var output: [UInt8] = []
  private(set) var error: [UInt8] = []
  private(set) var isTruncated = false
  private(set) var isMatched = false
  private let limit: Int
  private var pattern: StreamMatch?
  private var errorPattern: StreamMatch?
  private let sink: ((CommandStream, [UInt8]) throws -> Void)?

  /// `limit` bounds the bytes that are kept of both streams together.
  init(
    limit: Int, until text: [UInt8]?, sink: ((CommandStream, [UInt8]) throws -> Void)?
  ) {
    self.limit = limit
    self.sink = sink
    pattern = text.map(StreamMatch.init)
    errorPattern = pattern
  }

  /// Takes in what was read from one stream. True when the text has just appeared.
  func take(_ bytes: UnsafeRawBufferPointer, from stream: CommandStream) throws -> Bool {
    if let sink { try unsafe sink(stream, Array(bytes)) }
    let room = limit - output.count - error.count
    let kept = unsafe bytes.prefix(room)
    if unsafe kept.count < bytes.count { isTruncated = true }
    switch stream {
    case .output: unsafe output.append(contentsOf: kept)
    case .error: unsafe error.append(contentsOf: kept)
    }
    guard !isMatched else { return false }
    switch stream {
    case .output: isMatched = unsafe pattern?.scan(bytes) ?? false
    case .error: isMatched = unsafe errorPattern?.scan(bytes) ?? false
    }
    return isMatched
  }

  func takeOutput() -> (output: [UInt8], error: [UInt8]) {
    (output, error)
  }
}

/// Finds a text in a stream, also when it is split over reads (Knuth, Morris and Pratt).
struct StreamMatch {
  private let text: [UInt8]
  /// For each prefix, the length of its longest proper border.
  private let borders: [Int]
  /// How many bytes of the text the stream's end matches.
  private var matched = 0

  init(_ text: [UInt8]) {
    self.text = text
    var borders = [Int](repeating: 0, count: text.count)
    var length = 0
    for index in text.indices.dropFirst() {
      while length > 0 && text[index] != text[length] { length = borders[length - 1] }
      if text[index] == text[length] { length += 1 }
      borders[index] = length
    }
    self.borders = borders
  }

  /// Goes on with the next bytes of the stream. True when the text has been completed in them.
  mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if text.isEmpty { return true }
    for index in 0..<bytes.count {
      let byte = unsafe bytes[index]
      while matched > 0 && byte != text[matched] { matched = borders[matched - 1] }
      if byte == text[matched] { matched += 1 }
      if matched == text.count { return true }
    }
    return false
  }
}
