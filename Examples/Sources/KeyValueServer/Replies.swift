/// Replies that are written, in the order of the requests, and not yet sent.
public struct Replies {
  /// What is to be sent.
  public private(set) var bytes: [UInt8] = []

  /// The most that one request may get as an answer; a request of a few bytes may ask for much.
  public static let mostBytes = 64 << 20

  /// Begins with nothing.
  public init() {}

  /// A word that every client knows, such as OK.
  public mutating func word(_ word: String) {
    bytes.append(UInt8(ascii: "+"))
    bytes.append(contentsOf: word.utf8)
    endLine()
  }

  /// What went wrong; its first word says of which kind it is.
  ///
  /// Line ends in it would break the protocol, and become blanks.
  public mutating func error(_ message: String) {
    bytes.append(UInt8(ascii: "-"))
    bytes.append(contentsOf: message.utf8.map { $0 == 13 || $0 == 10 ? 32 : $0 })
    endLine()
  }

  /// A number.
  public mutating func integer(_ value: Int) {
    head(":", value)
  }

  /// A string of bytes, or that there is none.
  public mutating func string(_ string: [UInt8]?) {
    guard let string else { return bytes.append(contentsOf: "$-1\r\n".utf8) }
    self.string(string[...])
  }

  /// A string of bytes.
  public mutating func string(_ string: ArraySlice<UInt8>) {
    head("$", string.count)
    bytes.append(contentsOf: string)
    endLine()
  }

  /// The head of an array, whose elements are to follow.
  public mutating func array(count: Int) {
    head("*", count)
  }

  /// Forgets what has been sent, and keeps the memory unless it was a lot.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
  }

  private mutating func head(_ kind: Unicode.Scalar, _ value: Int) {
    bytes.append(UInt8(ascii: kind))
    if 0..<10 ~= value {
      bytes.append(UInt8(ascii: "0") + UInt8(value))
    } else {
      bytes.append(contentsOf: String(value).utf8)
    }
    endLine()
  }

  private mutating func endLine() {
    bytes.append(13)
    bytes.append(10)
  }
}
