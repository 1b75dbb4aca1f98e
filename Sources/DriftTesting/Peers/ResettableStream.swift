public import Drift

/// A stream that can be broken, so that the other side is told of an error and not of an end.
public protocol ResettableStream: AnyObject {
  /// Ends the connection at once: the other side gets ECONNRESET, and what it has not received yet
  /// is dropped.
  ///
  /// Does not park. Again: no effect.
  func reset()
}

extension MemoryStream: ResettableStream {}
extension TCPStream: ResettableStream {}
