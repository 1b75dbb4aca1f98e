/// Puts the two events of a rename together, across batches.
///
/// The kernel tells a rename as ``FileChanges/movedFrom`` and ``FileChanges/movedTo`` with one
/// cookie, of which a watch sees both only when it watches both directories, and perhaps in two
/// batches. The events are ``WatchEvent``s, or what a caller has made of them.
public struct RenamePairing<Event: RenameHalf>: Sendable {
  /// What has happened, renames as one.
  public enum Notice: Sendable {
    /// Any event that is no half of a rename within what is watched.
    ///
    /// With ``FileChanges/movedFrom``, the file has left what is watched; with
    /// ``FileChanges/movedTo``, it has come in.
    case event(Event)
    /// A file was renamed: its old place and its new one.
    case renamed(from: Event, to: Event)
    /// Events were lost: look at everything that is watched again.
    case rescan
  }

  /// Old names whose new names have not come, in the order of their coming.
  private var waiting: [Event] = []

  /// Makes a pairing that waits for nothing.
  public init() {}

  /// Whether an old name waits for its new one; then ``flush()`` must follow, a few milliseconds
  /// later, unless another batch does.
  public var isWaiting: Bool { !waiting.isEmpty }

  /// Pairs the events of one batch.
  ///
  /// An old name without its new one is kept for the next batch and told alone after it. A rename
  /// takes the place of its second event.
  public mutating func pair(_ events: [Event]) -> [Notice] {
    var overdue = waiting.count
    var notices: [Notice] = []
    notices.reserveCapacity(events.count)
    for event in events {
      if event.isOverflow {
        notices.append(.rescan)
      } else if event.changes.contains(.movedFrom), event.cookie != 0 {
        waiting.append(event)
      } else if event.changes.contains(.movedTo), event.cookie != 0,
        let index = waiting.firstIndex(where: { $0.cookie == event.cookie })
      {
        notices.append(.renamed(from: waiting.remove(at: index), to: event))
        if index < overdue { overdue -= 1 }
      } else {
        notices.append(.event(event))
      }
    }
    return release(overdue) + notices
  }

  /// Tells the old names that still wait, whose files have left what is watched.
  public mutating func flush() -> [Notice] {
    release(waiting.count)
  }

  /// Forgets old names that nobody wants to know any more.
  package mutating func drop(where isUnwanted: (Event) -> Bool) {
    waiting.removeAll(where: isUnwanted)
  }

  /// Takes out the first `count` that wait.
  private mutating func release(_ count: Int) -> [Notice] {
    defer { waiting.removeFirst(count) }
    return waiting.prefix(count).map { .event($0) }
  }
}

extension RenamePairing.Notice: Equatable where Event: Equatable {}
extension RenamePairing.Notice: Hashable where Event: Hashable {}

/// What a ``RenamePairing`` must know of an event: each may be one half of a rename.
public protocol RenameHalf: Sendable {
  /// What has happened.
  var changes: FileChanges { get }
  /// The same number, not 0, in both halves of one rename.
  var cookie: UInt32 { get }
  /// Whether it tells that events were lost.
  var isOverflow: Bool { get }
}

extension WatchEvent: RenameHalf {}
