/// The time given to ``withDeadline(_:file:line:_:)`` or ``withTimeout(_:file:line:_:)`` was up
/// before its body ended, or that of an operation that has a timeout of its own.
///
/// Only the call that set the deadline throws it; inside, its expiry is a ``Cancelled``.
public struct DeadlineExceeded: Error, Equatable, CustomStringConvertible {
  /// When the time was up.
  public let deadline: Instant
  /// Where the deadline was set.
  ///
  /// Nil for an operation's own timeout.
  public let callSite: CallSite?

  /// Says which deadline has passed.
  public init(deadline: Instant, callSite: CallSite? = nil) {
    self.deadline = deadline
    self.callSite = callSite
  }

  /// One line for a person.
  public var description: String {
    let place = callSite.map { " set at \($0)" } ?? ""
    return "the deadline\(place), which was at \(deadline) on the clock, has passed"
  }
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
