internal import CCoreShift

extension SystemCall {
  /// The most addresses of one name that are of use.
  private static let mostAddresses = 64

  /// The addresses of a name, or how the look-up ended; negative is -errno.
  static func lookUp(_ host: String, port: UInt16) -> (end: Int32, addresses: [SocketAddress]) {
    var found = [ccoreshift_address](repeating: ccoreshift_address(), count: mostAddresses)
    var count: Int32 = 0
    // SAFETY: the text ends with NUL, and `found` has room for what is asked for.
    let end = unsafe host.withCString { host in
      unsafe ccoreshift_lookup(host, port, &found, Int32(found.count), &count)
    }
    let addresses = found.prefix(Int(count)).map { raw in
      var storage = AddressStorage()
      storage.raw = raw
      return SocketAddress(storage)
    }
    return (end, addresses)
  }
}

extension LookupOutcome {
  /// What `SystemCall.lookUp` has given; an errno is thrown.
  init(end: Int32, addresses: [SocketAddress], host: String) throws(CoreError) {
    let end = try check(end, "getaddrinfo", .address(host))
    switch UInt32(end) {
    case CCORESHIFT_LOOKUP_FOUND.rawValue: self = .addresses(addresses)
    case CCORESHIFT_LOOKUP_NOT_FOUND.rawValue: self = .notFound
    case CCORESHIFT_LOOKUP_TRY_AGAIN.rawValue: self = .tryAgain
    default: self = .failed
    }
  }
}
