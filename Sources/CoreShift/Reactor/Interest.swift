/// What a registration is told about.
///
/// Errors, hang-ups and the peer's half-close are always told.
@frozen
public struct Interest: OptionSet, Hashable, Sendable {
  /// The bits, which are those of epoll.
  public let rawValue: UInt32

  /// Wraps epoll's bits.
  @inlinable
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// A read would give bytes or the end (`EPOLLIN`).
  public static var reading: Interest { Interest(rawValue: EpollFlags.readable) }
  /// There is room to write (`EPOLLOUT`).
  public static var writing: Interest { Interest(rawValue: EpollFlags.writable) }
  /// Something urgent, such as TCP's urgent byte (`EPOLLPRI`).
  public static var priority: Interest { Interest(rawValue: EpollFlags.priority) }

  /// As a reactor registers it: edge-triggered, with the peer's half-close.
  var edgeTriggeredFlags: UInt32 {
    rawValue | EpollFlags.edgeTriggered | EpollFlags.peerClosed
  }
}
