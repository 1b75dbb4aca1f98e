/// Text for the kernel: a path, an argument or an environment entry.
///
/// Linux takes any bytes but NUL here, and a file's name need not be valid UTF-8. A literal or a
/// `String` is taken as its UTF-8. Two raw strings are equal when their bytes are: unlike
/// `String`, nothing is normalised.
public struct RawString: Sendable {
  private enum Storage: Sendable {
    case text(String)
    case bytes([UInt8])
  }

  private let storage: Storage

  /// Takes the text's UTF-8.
  public init(_ text: String) {
    storage = .text(text)
  }

  /// Takes these bytes, whatever they are.
  public init(bytes: some Collection<UInt8>) {
    storage = .bytes(Array(bytes))
  }

  /// The number of bytes.
  public var count: Int {
    switch storage {
    case .text(let text): text.utf8.count
    case .bytes(let bytes): bytes.count
    }
  }

  /// A copy of the bytes, without a terminating NUL.
  public var bytes: [UInt8] {
    switch storage {
    case .text(let text): Array(text.utf8)
    case .bytes(let bytes): bytes
    }
  }

  /// Whether one of the bytes is `byte`; without a copy.
  package func contains(_ byte: UInt8) -> Bool {
    switch storage {
    case .text(let text): text.utf8.span.contains(byte)
    case .bytes(let bytes): bytes.span.contains(byte)
    }
  }

  /// Without slashes at the end, which make the kernel follow a link; the root stays as it is.
  package var withoutLastSlashes: RawString {
    let slash = UInt8(ascii: "/")
    var kept = bytes[...]
    while kept.count > 1 && kept.last == slash { kept.removeLast() }
    return kept.count == count ? self : RawString(bytes: kept)
  }

  /// Lends the bytes without a copy.
  func withSpan<Result>(_ body: (Span<UInt8>) throws(CoreError) -> Result) throws(CoreError)
    -> Result
  {
    switch storage {
    case .text(let text): try body(text.utf8.span)
    case .bytes(let bytes): try body(bytes.span)
    }
  }
}

extension RawString: ExpressibleByStringInterpolation {
  /// Takes the literal's UTF-8.
  public init(stringLiteral value: String) {
    self.init(value)
  }
}

extension RawString: Hashable {
  /// Whether both have the same bytes.
  public static func == (left: RawString, right: RawString) -> Bool {
    if case .bytes(let left) = left.storage, case .bytes(let right) = right.storage {
      return left == right
    }
    return left.count == right.count && left.bytes == right.bytes
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
  }
}

extension RawString: CustomStringConvertible {
  /// The bytes as text, with U+FFFD for what is not UTF-8.
  public var description: String {
    switch storage {
    case .text(let text): text
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }
}

extension Span<UInt8> {
  fileprivate func contains(_ byte: UInt8) -> Bool {
    for index in indices where self[index] == byte { return true }
    return false
  }
}
