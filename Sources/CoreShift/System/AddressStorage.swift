internal import CCoreShift

/// A socket address as the C target has it: bytes, zone, port and family, without heap memory.
struct AddressStorage: Sendable {
  var raw = ccoreshift_address()

  init() {}

  /// Reads numeric text; the result is 0 or -errno.
  init(parsing text: String, port: UInt16) throws(CoreError) {
    let isText = !text.utf8.contains(0)
    // SAFETY: the text ends with NUL, and the storage is plain bytes.
    let result = unsafe text.withCString { unsafe ccoreshift_address_parse($0, port, &raw) }
    try check(isText ? result : -ErrorCode.invalidArgument.rawValue, "inet_pton", .address(text))
  }

  /// Takes four or sixteen bytes in network order.
  init(bytes: [UInt8], port: UInt16) {
    raw.family = bytes.count == 4 ? 4 : 6
    raw.port = port
    // SAFETY: sixteen bytes, and the caller has looked that there are no more.
    unsafe withUnsafeMutableBytes(of: &raw.bytes) { unsafe $0.copyBytes(from: bytes) }
  }

  /// Four or sixteen bytes in network order.
  var bytes: [UInt8] {
    unsafe withUnsafeBytes(of: raw.bytes) { unsafe Array($0.prefix(raw.family == 4 ? 4 : 16)) }
  }

  /// 4 or 6.
  var family: UInt8 { raw.family }

  var port: UInt16 { raw.port }

  /// The address without its port.
  var text: String {
    var text = [CChar](repeating: 0, count: Int(CCORESHIFT_ADDRESS_TEXT))
    var raw = raw
    guard unsafe ccoreshift_address_print(&raw, &text, text.count) == 0 else { return "?" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// The bytes as two numbers, to compare and to hash.
  private var numbers: (UInt64, UInt64) {
    // SAFETY: sixteen bytes, and any sixteen bytes are two numbers.
    unsafe withUnsafeBytes(of: raw.bytes) {
      unsafe (
        $0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      )
    }
  }
}

extension AddressStorage: Hashable {
  static func == (left: AddressStorage, right: AddressStorage) -> Bool {
    left.numbers == right.numbers && left.raw.family == right.raw.family
      && left.raw.port == right.raw.port && left.raw.scope == right.raw.scope
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(numbers.0)
    hasher.combine(numbers.1)
    hasher.combine(raw.port)
    hasher.combine(raw.scope)
  }
}
