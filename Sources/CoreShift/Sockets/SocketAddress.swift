/// Where a socket is, or shall be: an IPv4 or IPv6 address and a port.
///
/// Numeric only; looking names up may wait for a long time and lives elsewhere. Holds no heap
/// memory.
public struct SocketAddress: Hashable, Sendable {
  /// The version of the Internet Protocol.
  public enum Family: UInt8, Hashable, Sendable {
    /// IPv4.
    case v4 = 4
    /// IPv6.
    case v6 = 6
  }

  let storage: AddressStorage

  init(_ storage: AddressStorage) {
    self.storage = storage
  }

  /// Reads a numeric address: `127.0.0.1`, `::1`, `fe80::1%eth0`.
  ///
  /// - Throws: `CoreError` with EINVAL and the text, for anything else, a name for example.
  public init(ip: String, port: UInt16) throws(CoreError) {
    storage = try AddressStorage(parsing: ip, port: port)
  }

  /// The version of the protocol.
  public var family: Family { Family(rawValue: storage.family) ?? .v4 }

  /// The port; 0 lets the kernel choose one when binding.
  public var port: UInt16 { storage.port }

  /// The address without its port.
  public var host: String { storage.text }
}

extension SocketAddress: CustomStringConvertible {
  /// `127.0.0.1:80`, or `[::1]:80`.
  public var description: String {
    family == .v4 ? "\(host):\(port)" : "[\(host)]:\(port)"
  }
}
