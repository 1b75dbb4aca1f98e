/// A stream came to its end before everything that was asked for had been read.
public struct StreamEnded: Error, Equatable, CustomStringConvertible {
  /// How many bytes there still were; they are lost to the call that throws this.
  public let received: Int
  /// How many were asked for.
  public let expected: Int

  /// Says how far the stream came.
  public init(received: Int, expected: Int) {
    self.received = received
    self.expected = expected
  }

  /// One line for a person.
  public var description: String {
    "the stream ended after \(received) of \(expected) bytes"
  }
}
