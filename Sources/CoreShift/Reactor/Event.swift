/// What a reactor saw on one registration.
@frozen
public struct Event: Hashable, Sendable {
  // The two fields, in this order, are the layout of ccoreshift_event.

  /// Whose event it is.
  ///
  /// A batch may hold one for a token that an earlier event of the same batch led to
  /// unregistering: `Reactor.contains(_:)` is false for it then.
  public let token: Token
  /// The bits of ``EpollFlags`` as the kernel gave them.
  public let rawFlags: UInt32

  /// Makes an event, for tests and for event sources other than a reactor.
  @inlinable
  public init(token: Token, rawFlags: UInt32) {
    self.token = token
    self.rawFlags = rawFlags
  }

  /// A read will not be would-block; true also after an error or a hang-up, so that the reader
  /// meets it.
  @inlinable public var isReadable: Bool {
    rawFlags & (EpollFlags.readable | EpollFlags.error | EpollFlags.hangup) != 0
  }

  /// A write will not be would-block; true also after an error or a hang-up.
  @inlinable public var isWritable: Bool {
    rawFlags & (EpollFlags.writable | EpollFlags.error | EpollFlags.hangup) != 0
  }

  /// The descriptor has an error; for the write end of a pipe, the reader is gone.
  @inlinable public var isError: Bool { rawFlags & EpollFlags.error != 0 }

  /// Both directions have ended; bytes may still be there to read.
  @inlinable public var isHangup: Bool { rawFlags & EpollFlags.hangup != 0 }

  /// The peer will send no more; bytes may still be there to read.
  @inlinable public var isPeerClosed: Bool { rawFlags & EpollFlags.peerClosed != 0 }

  /// Something urgent arrived.
  @inlinable public var isPriority: Bool { rawFlags & EpollFlags.priority != 0 }
}
