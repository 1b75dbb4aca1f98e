/// How the look-up of a host's name ended.
public enum LookupOutcome: Hashable, Sendable {
  /// Its addresses, at most 64, in the order in which they should be tried (RFC 6724).
  case addresses([SocketAddress])
  /// There is no such name, or it has no address.
  case notFound
  /// No server has answered; later one may.
  case tryAgain
  /// A server has refused, and will again.
  case failed
}

extension SocketAddress {
  /// Looks up the addresses of a host, by `getaddrinfo`: `/etc/hosts`, DNS, and whatever else the
  /// system is set up for.
  ///
  /// The one function here that waits: for files, and for seconds if a server does not answer.
  /// Nothing can end it early, so it belongs on an OS thread that may wait.
  ///
  /// - Parameters:
  ///   - host: a name, or a numeric address.
  ///   - port: goes into each address.
  /// - Returns: what there is.
  /// - Throws: `CoreError` of `getaddrinfo` with the name: EINVAL for a NUL in it; EMFILE; ENOMEM.
  public static func lookUp(
    _ host: String, port: UInt16
  ) throws(CoreError) -> LookupOutcome {
    if host.utf8.contains(0) {
      throw CoreError(operation: "getaddrinfo", code: .invalidArgument, subject: .address(host))
    }
    let (end, addresses) = SystemCall.lookUp(host, port: port)
    return try LookupOutcome(end: end, addresses: addresses, host: host)
  }
}
