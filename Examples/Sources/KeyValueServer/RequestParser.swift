/// Cuts what a client sends into requests: arrays of byte strings (RESP2), or lines typed by hand.
///
/// Bytes may arrive in any pieces; a request comes out once it is whole. Nothing is looked at
/// twice, so a client that sends one byte at a time costs no more than one that sends all at once.
public struct RequestParser {
  /// How much one request may be before its sender is told off.
  public struct Limits {
    /// The longest line: a request typed by hand, or the head of an array or of a string.
    public var lineBytes = 64 << 10
    /// The most strings in one request.
    public var words = 64 << 10
    /// The longest string.
    public var wordBytes = 1 << 20
    /// All strings of one request together.
    public var requestBytes = 4 << 20

    /// Enough for a cache, and little enough that thousands of clients cannot take all memory.
    public init() {}
  }

  /// The request that ``next()`` has found.
  public private(set) var request = Request()

  /// So much of the buffer, from the request's start, has become words.
  private var taken = 0
  /// Up to here there is no end of a line, counted from `taken`.
  private var searched = 0
  private var wordsToCome = 0
  private var wordLength: Int?
  private var requestBytes = 0
  private let limits: Limits

  /// Begins with nothing.
  public init(limits: Limits = Limits()) {
    self.limits = limits
  }

  private var left: Int { request.buffer.count - request.start - taken }

  /// Takes what has come.
  public mutating func append(_ bytes: ArraySlice<UInt8>) {
    if left == 0 && wordsToCome == 0 {
      request.buffer.removeAll(keepingCapacity: request.buffer.capacity <= 1 << 20)
      (request.start, taken) = (0, 0)
    } else if request.start >= 64 << 10 {
      request.buffer.removeFirst(request.start)
      request.start = 0
    }
    request.buffer.append(contentsOf: bytes)
  }

  /// Finds the next whole request; false when more bytes are needed.
  ///
  /// - Throws: what the client is to be told before its connection is closed.
  public mutating func next() throws(ProtocolError) -> Bool {
    while wordsToCome == 0 {
      request.start += taken
      taken = 0
      request.words.removeAll(keepingCapacity: request.words.capacity <= 1 << 10)
      guard left > 0 else { return false }
      if request.buffer[request.start] == UInt8(ascii: "*") {
        guard let line = try takeLine(.tooBigArrayHead) else { return false }
        try beginArray(line.dropFirst())
      } else {
        guard let line = try takeLine(.tooBigLine) else { return false }
        let words = try splitLine(line)
        if !words.isEmpty { return replaceLine(by: words) }
      }
    }
    while wordsToCome > 0 {
      guard try takeWord() else { return false }
    }
    return true
  }

  private mutating func beginArray(_ digits: ArraySlice<UInt8>) throws(ProtocolError) {
    guard let count = Int(decimal: digits), count <= limits.words else {
      throw .invalidArrayLength
    }
    // No strings at all, or "null": clients send it to keep a connection warm.
    wordsToCome = max(count, 0)
    requestBytes = 0
  }

  /// Puts the words of a line in the place of the line: without quotes they are never longer.
  private mutating func replaceLine(by words: [[UInt8]]) -> Bool {
    var end = 0
    for word in words {
      let place = end..<end + word.count
      let start = request.start
      request.buffer.replaceSubrange(
        start + place.lowerBound..<start + place.upperBound, with: word)
      request.words.append(place)
      end = place.upperBound
    }
    return true
  }

  /// Takes one string of the array; false when more bytes are needed.
  private mutating func takeWord() throws(ProtocolError) -> Bool {
    if wordLength == nil {
      guard left > 0 else { return false }
      let kind = request.buffer[request.start + taken]
      guard kind == UInt8(ascii: "$") else { throw .expectedString(instead: kind) }
      guard let line = try takeLine(.tooBigStringHead) else { return false }
      guard let length = Int(decimal: line.dropFirst()), length >= 0,
        length <= limits.wordBytes, requestBytes + length <= limits.requestBytes
      else { throw .invalidStringLength }
      wordLength = length
      requestBytes += length
    }
    guard let length = wordLength, left >= length + 2 else { return false }
    request.words.append(taken..<taken + length)
    taken += length + 2
    wordsToCome -= 1
    wordLength = nil
    return true
  }

  /// Takes a line without its end; nil when its end has not come.
  private mutating func takeLine(
    _ tooLong: ProtocolError
  ) throws(ProtocolError) -> ArraySlice<UInt8>? {
    let begin = request.start + taken
    let end = endOfLine(from: begin + searched)
    searched = (end ?? request.buffer.count) - begin
    if searched > limits.lineBytes { throw tooLong }
    guard let end else { return nil }
    searched = 0
    taken += end + 1 - begin
    let hasReturn = end > begin && request.buffer[end - 1] == UInt8(ascii: "\r")
    return request.buffer[begin..<(hasReturn ? end - 1 : end)]
  }

  private func endOfLine(from start: Int) -> Int? {
    let bytes = request.buffer.span
    var index = start
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "\n") { return index }
      index += 1
    }
    return nil
  }
}
