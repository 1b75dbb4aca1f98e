/// One of the things of which a ``select(_:)-(SelectBranch<Outcome>...)`` does the first that can
/// be done, and what follows if it is this one.
///
/// Stands in one select at a time.
public struct SelectBranch<Outcome> {
  let source: any SelectSource
  let finish: () throws -> Outcome

  /// A branch with a source of its own.
  ///
  /// - Parameters:
  ///   - source: what is waited for.
  ///   - finish: what is done if that came first; its result or error is that of the select.
  public init(_ source: any SelectSource, _ finish: @escaping () throws -> Outcome) {
    self.source = source
    self.finish = finish
  }

  /// Taken when `duration` has gone by since this call.
  ///
  /// - Parameters:
  ///   - duration: zero or less is ready at once.
  ///   - body: what follows.
  /// - Returns: the branch.
  public static func after(
    _ duration: Duration, _ body: @escaping () throws -> Outcome
  ) -> Self {
    at(.now.advanced(by: duration), body)
  }

  /// Taken when `deadline` has come.
  ///
  /// - Parameters:
  ///   - deadline: one that has passed is ready at once.
  ///   - body: what follows.
  /// - Returns: the branch.
  public static func at(
    _ deadline: Instant, _ body: @escaping () throws -> Outcome
  ) -> Self {
    Self(TimerSource(deadline), body)
  }

  /// Taken when the green thread of `handle` has ended.
  ///
  /// The select throws what the green thread has thrown, and ``ResourceBusy`` when somebody else is
  /// joining it. A branch of this kind for each of many handles joins whichever ends first.
  ///
  /// - Parameters:
  ///   - handle: joined only if the branch is taken.
  ///   - body: gets the result.
  /// - Returns: the branch.
  public static func join<Success>(
    _ handle: Handle<Success>, _ body: @escaping (Success) throws -> Outcome
  ) -> Self {
    Self(JoinSource(handle)) {
      try handle.requireNoJoiner(but: currentThread(for: "select").thread)
      return try body(handle.takeOutcome())
    }
  }
}

@available(*, unavailable, message: "a branch stays on its scheduler's OS thread")
extension SelectBranch: Sendable {}

/// The select itself parks until the earliest deadline of its sources.
private final class TimerSource: SelectSource {
  private let time: Instant

  init(_ time: Instant) {
    self.time = time
  }

  var isReady: Bool { time <= .now }
  var deadline: Instant? { time }
  func enlist(_ ticket: WakeTicket) {}
  func withdraw() -> Bool { false }
}

private final class JoinSource<Success>: SelectSource {
  private let handle: Handle<Success>
  private var ticket: WakeTicket?

  init(_ handle: Handle<Success>) {
    self.handle = handle
  }

  var isReady: Bool { handle.isFinished }

  func enlist(_ ticket: WakeTicket) throws {
    requireNoSelect(holding: self.ticket)
    // Another branch of the same select may wait for the same green thread.
    if let record = handle.record, record.it.joiner != ticket {
      try unsafe handle.requireNoJoiner(but: ticket.thread)
      record.it.joiner = ticket
    }
    self.ticket = ticket
  }

  /// The join itself follows when the branch is taken: an ended green thread keeps its result.
  func withdraw() -> Bool {
    if let ticket { handle.withdraw(ticket) }
    ticket = nil
    return false
  }
}
