/// What the calling green thread does has been cancelled.
///
/// Thrown by every operation that parks, again and again, until the scope that was cancelled ends.
/// Let it pass: clean up with `defer`, and for a clean-up that must wait use
/// ``withCancellationShield(_:)``. Not `CancellationError`, which belongs to Swift's tasks.
public struct Cancelled: Error, Equatable, CustomStringConvertible {
  /// The scope, deadline or green thread that was cancelled.
  let cause: UInt64

  init(by cause: UInt64) {
    self.cause = cause
  }

  /// One line for a person.
  public var description: String { "cancelled" }
}

/// The time given to ``withDeadline(_:_:)`` or ``withTimeout(_:_:)`` was up before its body ended.
///
/// Only the call that set the deadline throws it; inside, its expiry is a ``Cancelled``.
public struct DeadlineExceeded: Error, Equatable, CustomStringConvertible {
  /// When the time was up.
  public let deadline: Instant

  /// One line for a person.
  public var description: String { "deadline exceeded" }
}

/// What an operation needs has been closed, or taken already.
public struct ResourceClosed: Error, Equatable, CustomStringConvertible {
  /// What is closed: `"the handle of green thread 7"`.
  public let resource: String

  /// Names what is closed.
  public init(_ resource: String) {
    self.resource = resource
  }

  /// One line for a person.
  public var description: String { "\(resource) is closed" }
}

/// Somebody else is doing that already, and only one can.
public struct ResourceBusy: Error, Equatable, CustomStringConvertible {
  /// What is busy: `"descriptor 7"`.
  public let resource: String
  /// Who keeps it busy.
  public let holder: String

  /// Names what is busy, and who keeps it so.
  public init(_ resource: String, holder: String) {
    self.resource = resource
    self.holder = holder
  }

  /// One line for a person.
  public var description: String { "\(resource) is in use by \(holder)" }
}

/// An argument that no call could accept, such as a negative timeout.
public struct InvalidArgument: Error, Equatable, CustomStringConvertible {
  /// What is wrong with which argument.
  public let explanation: String

  /// Says what is wrong with which argument.
  public init(_ explanation: String) {
    self.explanation = explanation
  }

  /// One line for a person.
  public var description: String { "invalid argument: \(explanation)" }
}
