internal import GreenThreads

/// How much blocking work one `run` does at the same time.
///
/// See ``offload(_:whenFull:whenCancelled:_:)``.
public struct OffloadLimits: Sendable {
  /// How many OS threads run it, from 1 to 256; each is started when there is work that no other
  /// is free for.
  public var workers: Int
  /// How many pieces of work may wait for a worker before a further one is refused; those that
  /// wait in any case, as the calls on files do, are not counted.
  public var waiting: Int
  /// How long `run` waits at its end for work that has begun and whose callers have left.
  public var endBudget: Duration
  /// Told of each piece of work that has not ended by then, on the OS thread of `run`; nil drops
  /// that.
  public var onAbandoned: (@Sendable (AbandonedWork) -> Void)?

  /// Four workers, 64 waiting, two seconds, unless told otherwise.
  public init(
    workers: Int = 4, waiting: Int = 64, endBudget: Duration = .seconds(2),
    onAbandoned: (@Sendable (AbandonedWork) -> Void)? = nil
  ) {
    self.workers = workers
    self.waiting = waiting
    self.endBudget = endBudget
    self.onAbandoned = onAbandoned
  }

  /// Refuses numbers that no pool can have.
  func validate() throws {
    guard 1...256 ~= workers else { throw InvalidArgument("\(workers) workers: give 1 to 256") }
    guard waiting >= 0 else { throw InvalidArgument("room for \(waiting) to wait: give 0 or more") }
    guard endBudget >= .zero else { throw InvalidArgument("an end budget of \(endBudget)") }
  }
}

/// Work that still ran when `run` had to end; its OS thread stays until it ends.
public struct AbandonedWork: Sendable, Equatable, CustomStringConvertible {
  /// The name given to ``offload(_:whenFull:whenCancelled:_:)``.
  public let name: String
  /// The OS thread that runs it, in ``threads`` until it ends.
  public let thread: String

  /// One line for a person.
  public var description: String { "\(name) still runs on OS thread \(thread)" }
}

/// What becomes of work for which there is neither a worker nor room to wait.
public enum OffloadSaturation: Sendable, Hashable {
  /// It is refused with `ResourceBusy`: so many callers wait that something must be stuck.
  case refused
  /// It waits like all others, first come, first served: the parked caller is the place in the
  /// queue. For work that always ends soon, such as that of a disk.
  case waits
}

/// What becomes of work that has begun when its caller is cancelled.
public enum OffloadCancellation: Sendable, Hashable {
  /// The caller leaves at once with `Cancelled`; what the work returns or throws is destroyed.
  case leaves
  /// The caller waits for the end and gets the outcome: nothing happens behind its back. For work
  /// that changes something, and always ends soon.
  case waitsForEnd
}
