internal import CoreShift
internal import GreenThreads

/// Lines, and pieces that a delimiter ends.
extension BufferedReader {
  /// Reads the next line, as text; nil at the end: `while let line = try reader.readLine()`.
  ///
  /// Parks.
  ///
  /// A line ends with a line feed; one carriage return right before it belongs to the ending, any
  /// other to the line. The last line may do without an ending, and keeps all that it has. What is
  /// no UTF-8 is replaced by U+FFFD; ``withLine(limit:_:)`` lends the bytes.
  ///
  /// - Parameter limit: how many bytes it may have, without its ending.
  /// - Returns: The line without its ending, or nil.
  /// - Throws: ``LineTooLong``, and the line stays unread; what the stream's read throws;
  ///   `Cancelled`, and nothing is lost; `ResourceClosed`; `ResourceBusy`.
  public func readLine(limit: Int = BufferedReader.defaultLimit) throws -> String? {
    try withLine(limit: limit) { line in
      // SAFETY: the line is lent for the length of this closure.
      unsafe line.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }
  }

  /// Lends the next line to `body`, without its ending; nil, without calling it, at the end.
  ///
  /// Parks. Allocates nothing but what a line needs that does not fit into the buffer.
  ///
  /// What a line is, ``readLine(limit:)`` says. It counts as read also when `body` throws.
  ///
  /// - Parameters:
  ///   - limit: how many bytes the line may have, without its ending.
  ///   - body: gets the line; must not read from this reader.
  /// - Returns: What `body` returns, or nil.
  /// - Throws: as ``readLine(limit:)``; what `body` throws.
  @inlinable
  public func withLine<Value>(
    limit: Int = BufferedReader.defaultLimit, _ body: (RawSpan) throws -> Value
  ) throws -> Value? {
    try begin()
    defer { end() }
    guard let line = unsafe try borrowLine(limit: limit) else { return nil }
    return unsafe try body(line.bytes)
  }

  /// Reads up to and including the next `delimiter`, and returns what was before it; nil at the
  /// end.
  ///
  /// Parks.
  ///
  /// The last piece may do without its delimiter.
  ///
  /// - Parameters:
  ///   - delimiter: one byte or more.
  ///   - limit: how many bytes the piece may have, without its delimiter.
  /// - Returns: The piece without its delimiter, or nil.
  /// - Throws: ``LimitExceeded``, and the piece stays unread; `InvalidArgument` for an empty
  ///   delimiter; otherwise as ``readLine(limit:)``.
  public func readPiece(
    endingWith delimiter: [UInt8], limit: Int = BufferedReader.defaultLimit
  ) throws -> [UInt8]? {
    try withPiece(endingWith: delimiter, limit: limit) { piece in
      unsafe piece.withUnsafeBytes { unsafe Array($0) }
    }
  }

  /// Lends what is before the next `delimiter` to `body`; nil, without calling it, at the end.
  ///
  /// Parks.
  ///
  /// The piece counts as read also when `body` throws.
  ///
  /// - Parameters:
  ///   - delimiter: one byte or more.
  ///   - limit: how many bytes the piece may have, without its delimiter.
  ///   - body: gets the piece; must not read from this reader.
  /// - Returns: What `body` returns, or nil.
  /// - Throws: as ``readPiece(endingWith:limit:)``; what `body` throws.
  @inlinable
  public func withPiece<Value>(
    endingWith delimiter: [UInt8], limit: Int = BufferedReader.defaultLimit,
    _ body: (RawSpan) throws -> Value
  ) throws -> Value? {
    try begin()
    defer { end() }
    guard let piece = unsafe try borrowPiece(endingWith: delimiter, limit: limit) else {
      return nil
    }
    return unsafe try body(piece.bytes)
  }

  // SAFETY: what these two give out stays good until the next `begin()`, and the callers above
  // have nothing of it when they end.

  @usableFromInline
  func borrowLine(limit: Int) throws -> UnsafeRawBufferPointer? {
    let lineFeed: UInt8 = 10
    let carriageReturn: UInt8 = 13
    var searched = 0
    while true {
      let unread = unsafe unread
      let rest = unsafe UnsafeRawBufferPointer(rebasing: unread[searched...])
      if let index = unsafe ByteSearch.firstIndex(of: lineFeed, in: rest) {
        let end = searched + index
        let hasReturn = unsafe end > 0 && unread[end - 1] == carriageReturn
        let count = hasReturn ? end - 1 : end
        if count > limit { throw LineTooLong(limit: limit) }
        return unsafe take(end + 1, keeping: count)
      }
      searched = unread.count
      // A carriage return at the end may be half of an ending.
      let mayEnd = unsafe searched > 0 && unread[searched - 1] == carriageReturn
      if searched - (mayEnd ? 1 : 0) > limit { throw LineTooLong(limit: limit) }
      if try !fill() {
        if searched > limit { throw LineTooLong(limit: limit) }
        return unsafe searched == 0 ? nil : take(searched, keeping: searched)
      }
    }
  }

  @usableFromInline
  func borrowPiece(
    endingWith delimiter: [UInt8], limit: Int
  ) throws -> UnsafeRawBufferPointer? {
    guard let last = delimiter.last else { throw InvalidArgument("an empty delimiter") }
    let before = delimiter.count - 1
    // Where the delimiter's last byte can be for the first time.
    var searched = before
    while true {
      let unread = unsafe unread
      while searched < unread.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: unread[searched...])
        guard let index = unsafe ByteSearch.firstIndex(of: last, in: rest) else { break }
        let count = searched + index - before
        searched += index + 1
        if unsafe unread[count..<searched].elementsEqual(delimiter) {
          if count > limit { throw LimitExceeded("bytes before a delimiter", limit: limit) }
          return unsafe take(searched, keeping: count)
        }
      }
      searched = max(searched, unread.count)
      let isOver = unread.count - before > limit
      if try isOver || !fill() {
        let count = bufferedCount
        if isOver || count > limit {
          throw LimitExceeded("bytes before a delimiter", limit: limit)
        }
        return unsafe count == 0 ? nil : take(count, keeping: count)
      }
    }
  }
}
