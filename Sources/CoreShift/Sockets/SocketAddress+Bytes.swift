extension SocketAddress {
  /// The address as protocols carry it: 4 bytes for IPv4, 16 for IPv6, the first one first.
  ///
  /// The port and the zone of a link-local address are not among them.
  public var ipBytes: [UInt8] { storage.bytes }

  /// Takes the bytes of an address, as ``ipBytes`` gives them.
  ///
  /// - Throws: `CoreError` of `address` with EINVAL when they are neither 4 nor 16.
  public init(ipBytes: [UInt8], port: UInt16) throws(CoreError) {
    guard ipBytes.count == 4 || ipBytes.count == 16 else {
      throw CoreError(
        operation: "address", code: .invalidArgument,
        subject: .address("\(ipBytes.count) bytes"))
    }
    self.init(AddressStorage(bytes: ipBytes, port: port))
  }
}
