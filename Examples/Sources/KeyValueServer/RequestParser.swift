/// Cuts what a client sends into requests: arrays of byte strings (RESP2), or lines typed by hand.
///
/// Bytes may arrive in any pieces; a request comes out once it is whole. Nothing is read twice, so
/// a client that sends one byte at a time costs no more than one that sends all at once.
public struct RequestParser {
  /// How much one request may be before its sender is told off.
  public struct Limits {
    /// The longest line: a request typed by hand, or the head of an array or of a string.
    public var lineBytes = 64 << 10
    /// The most strings in one request.
    public var words = 1 << 20
    /// The longest string.
    public var wordBytes = 64 << 20
    /// All strings of one request together.
    public var requestBytes = 128 << 20

    /// As generous as a cache on a trusted network wants it.
    public init() {}
  }

  /// What has come and is no request yet starts here in `buffer`.
  private var start = 0
  /// Up to here there is no end of a line, counted from `start`.
  private var searched = 0
  private var buffer: [UInt8] = []

  /// The array that is being taken: its strings so far, and how many are still to come.
  private var words: [[UInt8]] = []
  private var wordsToCome = 0
  private var wordLength: Int?
  private var requestBytes = 0

  private let limits: Limits

  /// Begins with nothing.
  public init(limits: Limits = Limits()) {
    self.limits = limits
  }

  /// Takes what has come.
  public mutating func append(_ bytes: ArraySlice<UInt8>) {
    if start == buffer.count {
      buffer.removeAll(keepingCapacity: buffer.capacity <= 1 << 20)
      start = 0
    } else if start >= 64 << 10 {
      buffer.removeFirst(start)
      start = 0
    }
    buffer.append(contentsOf: bytes)
  }

  /// The next whole request, its command first; nil when more bytes are needed.
  ///
  /// - Throws: what the client is to be told before its connection is closed.
  public mutating func next() throws(ProtocolError) -> [[UInt8]]? {
    while wordsToCome == 0 {
      guard start < buffer.count else { return nil }
      let isArray = buffer[start] == UInt8(ascii: "*")
      guard let line = try takeLine(isArray ? .tooBigArrayHead : .tooBigLine) else { return nil }
      if isArray {
        try beginArray(buffer[line].dropFirst())
      } else {
        let words = try splitLine(buffer[line])
        if !words.isEmpty { return words }
      }
    }
    while wordsToCome > 0 {
      guard try takeWord() else { return nil }
    }
    defer { words = [] }
    return words
  }

  private mutating func beginArray(_ digits: ArraySlice<UInt8>) throws(ProtocolError) {
    guard let count = Int(decimal: digits), count <= limits.words else {
      throw .invalidArrayLength
    }
    // No strings at all, or "null": clients send it to keep a connection warm.
    if count <= 0 { return }
    wordsToCome = count
    requestBytes = 0
    words.reserveCapacity(min(count, 16))
  }

  /// Takes one string of the array; false when more bytes are needed.
  private mutating func takeWord() throws(ProtocolError) -> Bool {
    if wordLength == nil {
      guard start < buffer.count else { return false }
      let kind = buffer[start]
      guard kind == UInt8(ascii: "$") else { throw .expectedString(instead: kind) }
      guard let line = try takeLine(.tooBigStringHead) else { return false }
      guard let length = Int(decimal: buffer[line].dropFirst()), length >= 0,
        length <= limits.wordBytes, requestBytes + length <= limits.requestBytes
      else { throw .invalidStringLength }
      wordLength = length
      requestBytes += length
    }
    guard let length = wordLength, buffer.count - start >= length + 2 else { return false }
    words.append(Array(buffer[start..<start + length]))
    start += length + 2
    wordsToCome -= 1
    wordLength = nil
    return true
  }

  /// Takes a line without its end; nil when its end has not come.
  private mutating func takeLine(
    _ tooLong: ProtocolError
  ) throws(ProtocolError) -> Range<Int>? {
    guard let end = buffer[(start + searched)...].firstIndex(of: UInt8(ascii: "\n")) else {
      searched = buffer.count - start
      if searched > limits.lineBytes { throw tooLong }
      return nil
    }
    if end - start > limits.lineBytes { throw tooLong }
    let hasReturn = end > start && buffer[end - 1] == UInt8(ascii: "\r")
    let line = start..<(hasReturn ? end - 1 : end)
    start = end + 1
    searched = 0
    return line
  }
}

extension Int {
  /// A number as clients write it: digits, and a minus sign; nil for anything else.
  init?(decimal digits: ArraySlice<UInt8>) {
    let isNegative = digits.first == UInt8(ascii: "-")
    let digits = isNegative ? digits.dropFirst() : digits
    guard !digits.isEmpty else { return nil }
    var value = 0
    for digit in digits {
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      let (tens, tooBig) = value.multipliedReportingOverflow(by: 10)
      // Counted downwards: there is one more negative number than positive ones.
      let (next, tooLow) = tens.subtractingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      if tooBig || tooLow { return nil }
      value = next
    }
    if isNegative {
      self = value
    } else {
      guard value != .min else { return nil }
      self = -value
    }
  }
}
