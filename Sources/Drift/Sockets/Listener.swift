public import GreenThreads

/// A connection that a ``Listener`` gives: whatever it carries, it can be ended.
public protocol Connection: AnyObject {
  /// Ends it; again: no effect.
  ///
  /// Neither parks nor throws.
  func close()
}

/// Takes connections, one after the other.
///
/// ``serve(limit:draining:onFailure:_:)`` is built upon it, also for listeners of your own, such as
/// one that wraps what it accepts.
public protocol Listener: AnyObject {
  /// What it takes.
  associatedtype Accepted: Connection

  /// Open once ``stop()`` or ``close()`` has been called.
  var stopped: Gate { get }

  /// Takes the next connection, waiting for one.
  ///
  /// Parks.
  ///
  /// - Throws: `ResourceClosed` once it was closed, or once it was stopped and nobody is left who
  ///   has come before.
  func accept() throws -> Accepted

  /// Takes no more than those who have come already.
  ///
  /// Does not park.
  func stop()

  /// Ends it at once; who has come and was not accepted is refused.
  ///
  /// Does not park.
  func close()
}
