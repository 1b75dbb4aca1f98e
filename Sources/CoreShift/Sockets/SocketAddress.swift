internal import CCoreShift

/// Where a socket is, or shall be: an IPv4 or IPv6 address and a port.
///
/// Numeric only; looking names up may wait for a long time and lives elsewhere. Holds no heap memory.
public struct SocketAddress: Sendable {
  /// The version of the Internet Protocol.
  public enum Family: UInt8, Hashable, Sendable {
    /// IPv4.
    case v4 = 4
    /// IPv6.
    case v6 = 6
  }

  var storage = ccoreshift_address()

  init(_ storage: ccoreshift_address) {
    self.storage = storage
  }

  /// Reads a numeric address: `127.0.0.1`, `::1`, `fe80::1%eth0`.
  ///
  /// - Throws: `CoreError` with EINVAL and the text, for anything else, a name for example.
  public init(ip: String, port: UInt16) throws(CoreError) {
    let isText = !ip.utf8.contains(0)
    // SAFETY: the text ends with NUL, and the storage is plain bytes.
    let result = unsafe ip.withCString { unsafe ccoreshift_address_parse($0, port, &storage) }
    try check(isText ? result : -ErrorCode.invalidArgument.rawValue, "inet_pton", .address(ip))
  }

  /// The version of the protocol.
  public var family: Family { Family(rawValue: storage.family) ?? .v4 }

  /// The port; 0 lets the kernel choose one when binding.
  public var port: UInt16 { storage.port }

  /// The address without its port.
  public var host: String {
    var text = [CChar](repeating: 0, count: Int(CCORESHIFT_ADDRESS_TEXT))
    var storage = storage
    guard unsafe ccoreshift_address_print(&storage, &text, text.count) == 0 else { return "?" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension SocketAddress: CustomStringConvertible {
  /// `127.0.0.1:80`, or `[::1]:80`.
  public var description: String {
    family == .v4 ? "\(host):\(port)" : "[\(host)]:\(port)"
  }
}

extension SocketAddress: Hashable {
  /// The same family, address, zone and port.
  public static func == (left: SocketAddress, right: SocketAddress) -> Bool {
    left.isSame(right)
  }

  /// Feeds what ``==(_:_:)`` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(storage.port)
    hasher.combine(storage.scope)
    unsafe withUnsafeBytes(of: storage.bytes) { unsafe hasher.combine(bytes: $0) }
  }

  private func isSame(_ other: SocketAddress) -> Bool {
    guard storage.family == other.storage.family, storage.port == other.storage.port,
      storage.scope == other.storage.scope
    else { return false }
    return unsafe withUnsafeBytes(of: storage.bytes) { left in
      unsafe withUnsafeBytes(of: other.storage.bytes) { right in
        unsafe left.elementsEqual(right)
      }
    }
  }
}
