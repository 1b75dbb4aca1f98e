public import Drift

/// Two streams that are connected to each other, fresh, for one rule to be tried on.
public struct StreamEnds {
  /// Where bytes come out that `writer` takes.
  public let reader: any ReadableStream
  /// Where bytes go in.
  public let writer: any WritableStream
  /// `reader` and `writer` again, where each of them goes both ways; nil for one direction alone.
  public let duplex: (near: any DuplexStream, far: any DuplexStream)?

  /// Two ends of a connection.
  public init(_ near: any DuplexStream, _ far: any DuplexStream) {
    reader = far
    writer = near
    duplex = (near, far)
  }

  /// One direction alone, such as a pipe.
  public init(reader: any ReadableStream, writer: any WritableStream) {
    self.reader = reader
    self.writer = writer
    duplex = nil
  }
}

/// What a kind of stream cannot do by its nature, and is therefore not held to.
public struct StreamLimits: OptionSet, Sendable {
  /// One bit for each limit.
  public let rawValue: UInt8

  /// Takes the union of the limits below.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// Neither end tells when the other is closed, or it tells by an error.
  public static let tellsNoEnd = StreamLimits(rawValue: 1 << 0)
  /// Both directions end together.
  public static let endsWhole = StreamLimits(rawValue: 1 << 1)
  /// A writer never waits.
  public static let takesEverything = StreamLimits(rawValue: 1 << 2)
  /// Where one end is closed with unread bytes, the other is told no more than the end.
  public static let losesSilently = StreamLimits(rawValue: 1 << 3)
}

@available(*, unavailable, message: "streams stay on their scheduler's OS thread")
extension StreamEnds: Sendable {}
