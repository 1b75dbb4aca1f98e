public import CoreShift
internal import GreenThreads

/// Turns names of hosts into addresses.
///
/// ``system`` asks what the system is set up for; one of your own may ask a cache, a table, or a
/// server. It stays on its scheduler's OS thread.
public struct Resolver {
  private let lookUp: (String, UInt16) throws -> [SocketAddress]

  /// A resolver of one's own.
  ///
  /// - Parameter lookUp: gives the addresses of a name, best first, with the port; may park, and
  ///   throws what ``addresses(of:port:)`` then throws.
  public init(_ lookUp: @escaping (String, UInt16) throws -> [SocketAddress]) {
    self.lookUp = lookUp
  }

  /// The system's resolver, by `getaddrinfo` on an OS thread of the pool for blocking work.
  ///
  /// Whoever is cancelled leaves at once; the look-up comes to its end behind his back, holding its
  /// OS thread, and what it finds is dropped.
  public static var system: Resolver {
    Resolver { host, port in
      let outcome = try offload("look-up") { try SocketAddress.lookUp(host, port: port) }
      switch outcome {
      case .addresses(let addresses): return addresses
      case .notFound: throw LookupFailed(host: host, reason: .notFound)
      case .tryAgain: throw LookupFailed(host: host, reason: .temporary)
      case .failed: throw LookupFailed(host: host, reason: .permanent)
      }
    }
  }

  /// The addresses of a host, best first; a numeric address is its own.
  ///
  /// Parks.
  ///
  /// - Throws: ``LookupFailed``; `CoreError` of `getaddrinfo`, with the name; `ResourceBusy` when
  ///   so many look-ups and other blocking calls wait that there is no room for one more;
  ///   `Cancelled`.
  public func addresses(of host: String, port: UInt16) throws -> [SocketAddress] {
    try GreenThread.checkCancellation()
    if let numeric = try? SocketAddress(ip: host, port: port) { return [numeric] }
    let addresses = try lookUp(host, port)
    if addresses.isEmpty { throw LookupFailed(host: host, reason: .notFound) }
    return addresses
  }
}

@available(*, unavailable, message: "a resolver stays on its scheduler's OS thread")
extension Resolver: Sendable {}
