public import CoreShift

/// None of a host's addresses could be connected to.
public struct ConnectFailed: Error, CustomStringConvertible {
  /// One try.
  public struct Attempt: Sendable {
    /// Where to.
    public let address: SocketAddress
    /// What ended it: as a rule `CoreError` of `connect`.
    public let error: any Error

    /// Names a try, and what ended it.
    public init(address: SocketAddress, error: any Error) {
      self.address = address
      self.error = error
    }
  }

  /// The name that was given.
  public let host: String
  /// All tries, in the order in which they were begun; never empty.
  public let attempts: [Attempt]

  /// Names the host and the tries.
  public init(host: String, attempts: [Attempt]) {
    self.host = host
    self.attempts = attempts
  }

  /// One line for a person.
  public var description: String {
    let list = attempts.map { "\($0.address): \($0.error)" }.joined(separator: "; ")
    return "no address of host \"\(host)\" could be connected to: \(list)"
  }
}
