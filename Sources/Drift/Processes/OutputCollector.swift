internal import CoreShift
internal import GreenThreads

/// Keeps what a child writes, within one budget for both streams, and looks for a text in it.
final class OutputCollector {
  private(set) var output: [UInt8] = []
  private(set) var error: [UInt8] = []
  private(set) var isTruncated = false
  private(set) var isMatched = false
  private let limit: Int
  private var search: OutputSearch?
  private var errorSearch: OutputSearch?
  private var sink: ((CommandStream, [UInt8]) throws -> Void)?

  /// `limit` bounds the bytes that are kept of both streams together.
  init(
    limit: Int, until text: [UInt8]?, sink: ((CommandStream, [UInt8]) throws -> Void)?
  ) {
    self.limit = limit
    self.sink = sink
    search = text.map { OutputSearch(.bytes($0)) }
    errorSearch = search
  }

  /// Takes in what was read from one stream.
  ///
  /// True when the text has just appeared.
  func take(_ bytes: UnsafeRawBufferPointer, from stream: CommandStream) throws -> Bool {
    do {
      if let sink { try unsafe sink(stream, Array(bytes)) }
    } catch is Cancelled where GreenThread.isCancelled {
      // The child is being ended, and may still write meanwhile.
      sink = nil
    }
    let room = limit - output.count - error.count
    let kept = unsafe bytes.prefix(room)
    if unsafe kept.count < bytes.count { isTruncated = true }
    switch stream {
    case .output: unsafe output.append(contentsOf: kept)
    case .error: unsafe error.append(contentsOf: kept)
    }
    guard !isMatched else { return false }
    // SAFETY: the span ends with this call, and the bytes outlive it.
    let chunk = unsafe Span<UInt8>(_unsafeBytes: bytes)
    switch stream {
    case .output: isMatched = search?.finds(in: chunk) ?? false
    case .error: isMatched = errorSearch?.finds(in: chunk) ?? false
    }
    return isMatched
  }

  func takeOutput() -> (output: [UInt8], error: [UInt8]) {
    (output, error)
  }
}
